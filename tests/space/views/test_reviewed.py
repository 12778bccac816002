"""How many items of a bank a clinician has reviewed stands on its task's page, in the list of datasets and on its card."""

from __future__ import annotations

from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.review.reviews import reviews_of
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import datasets
from counsel_leaderboard.space.views.task_pages import page


def test_the_count_stands_where_a_bank_is_shown(reader: BoardReader) -> None:
    count = reviews_of(card("open-response"))
    assert count is not None
    assert count.text.endswith("of 128 items reviewed by a clinician")
    assert count.text in page.html(reader, Address(tab="tasks", task="counsel_response"))
    assert count.text in datasets.html(Address(tab="datasets"))
    assert f"<dt>reviewed</dt><dd>{count.text}" in datasets.html(Address(tab="datasets", card="open-response"))


def test_what_is_no_bank_of_ours_has_no_count(reader: BoardReader) -> None:
    assert reviews_of(card("annomi")) is None
    assert "reviewed by" not in datasets.html(Address(tab="datasets", card="annomi"))
    assert "reviewed by" not in page.html(reader, Address(tab="tasks", task="counsel_stigma", suite="upstream"))
