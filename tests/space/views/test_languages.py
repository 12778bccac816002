"""The choice of a language stands on the page where the questions are in more than one, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import answer, board, languages
from tests.support.homes import store_run
from tests.support.run_folders import Item, Task, request

NAMES = r'class="pinned model"><a[^>]*>([^<]+)</a>'


def add(store: Store, name: str, task: str, dataset: str) -> None:
    """Store a run of one task whose questions are those of a dataset."""
    asked_of = Task(task, [Item(f"v{number}", {"stigma": 0.0, "scored_rate": 1.0}) for number in range(40)], dataset=dataset)
    asked = request([asked_of])
    asked["model"]["name"] = name
    store_run(store.home, [asked_of], asked, name, store)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home") as opened:
        add(opened, "org/english", "counsel_stigma", "open-stigma")
        yield opened


def pages(store: Store, **fields: str) -> tuple[str, str]:
    """The answer for a use, and the table, at an address."""
    reader = BoardReader(store)
    suite, address = reader.suite("open"), Address(use="research", **fields)  # type: ignore[arg-type]
    return answer.html(reader, suite, address), board.html(suite.display, suite.columns, address)


def test_one_language_is_named_and_not_offered(store: Store) -> None:
    above, _ = pages(store)
    assert "every question here is in English" in above
    assert "language=" not in above
    assert languages.offered(["open-stigma"]) == []


def test_two_languages_are_offered_and_one_shows_its_columns_and_who_was_asked_in_it(store: Store) -> None:
    add(store, "org/chinese", "counsel_stigma_plain", "cpsycoune")
    above, table = pages(store)
    assert "every question here is in" not in above
    assert re.findall(r"language=(\w+)", above) == ["zh", "en"]  # by their names: Chinese, English
    assert set(re.findall(NAMES, table)) == {"org/chinese", "org/english"}
    above, table = pages(store, language="zh")
    assert re.findall(NAMES, table) == ["org/chinese"]
    assert "Stigma, with guidelines" not in table
    assert "org/english" not in above
    assert "Nobody here was asked" not in re.sub(r"<details.*", "", above)


def test_a_language_that_nobody_was_asked_in_leaves_the_board_as_it_is(store: Store) -> None:
    assert re.findall(NAMES, pages(store, language="fr")[1]) == ["org/english"]


def test_a_dataset_without_a_card_has_no_language() -> None:
    assert languages.of_dataset("nobody/knows-it") == ()
    assert languages.sentence(["nobody/knows-it"]) == ""
