"""Sessions that were played here: techniques, hidden facts and where they were told, side by side, and below the board."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.exchange import export
from counsel_leaderboard.leaderboard.exchange.board_text import board_text
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import board, compare, model, pictures, session_board, session_client, session_skills
from counsel_leaderboard.space.views.board_frame import Column
from tests.support.played_sessions import ADVISES, ASKS, TASK, hidden_facts, played, played_item, played_run

MARKER = "MARKERNEVERSHOWNOPAL"


@pytest.fixture
def reader(tmp_path: Path):
    with Store.open(tmp_path / "home") as store:
        yield BoardReader(store)


@pytest.fixture
def runs(reader: BoardReader, tmp_path: Path) -> list[str]:
    """Two models with the same three clients; the words of the last, who is at risk, may not be shown."""
    return [
        played_run(
            tmp_path / "home", reader.store, name,
            [
                played_item(played("s1", words, discloses=discloses)),
                played_item(played("s2", words), risk=True, appropriate=1),
                played_item(played("s3", f"{words} {MARKER}"), risk=True),
            ],
        )
        for name, words, discloses in (("org/asks", ASKS, True), ("org/advises", ADVISES, False))
    ]  # fmt: skip


def page(reader: BoardReader, run: str, item: str) -> str:
    address = Address(tab="model", suite="upstream", run=run, task=TASK, item=item)
    return model.page(reader, reader.suite("upstream"), address, ()).bottom


def test_a_fact_is_shown_with_the_turn_in_which_it_was_told():
    facts = hidden_facts()
    client = session_client.client(played("s", ASKS))
    assert client is not None
    assert [fact["turn"] for fact in client["facts"]] == [3, *[None] * (len(facts) - 1)]
    assert [fact["text"] for fact in client["facts"]] == [text for _, text in facts]
    assert client["wording"] == "the script"


def test_a_client_without_a_card_shows_what_was_told_and_says_why_no_more():
    client = session_client.client(played("s", ASKS, client="client-nobody", client_model="org/words"))
    assert client is not None
    assert [(fact["text"], fact["turn"]) for fact in client["facts"]] == [(hidden_facts()[0][0], 3)]
    assert (client["note"], client["wording"]) == (session_client.NO_CARD, "org/words")
    assert session_client.client(played("s", ASKS, client="recorded")) is None


def test_the_strip_has_codes_of_each_counselor_turn_and_says_where_the_coder_abstains():
    strip = session_skills.strip(played("s", ASKS))
    assert sorted(strip) == [2, 4]
    assert "open question" in [code["label"] for code in strip[2]["codes"]]
    assert strip[2]["abstains"] is None
    assert (strip[4]["codes"], strip[4]["abstains"]) == ([], "no words")


def test_a_session_shows_facts_rules_techniques_and_measures_behind_its_note(reader, runs):
    shown = page(reader, runs[0], "s1")
    note = shown.index("Content note: debt")
    for part in (hidden_facts()[0][1], "told in turn 3", "never told", "by rule line best-match", "open question", "no words"):
        assert shown.index(part) > note
    assert "findahelpline.com" not in shown


def test_help_stands_before_the_words_of_a_client_at_risk(reader, runs):
    shown = page(reader, runs[0], "s2")
    assert shown.index("findahelpline.com") < shown.index("Content note")
    withheld = page(reader, runs[0], "s3")
    assert "findahelpline.com" in withheld
    assert MARKER not in withheld
    assert hidden_facts()[0][1] not in withheld


def test_two_models_stand_side_by_side_with_the_same_client(reader, runs):
    address = Address(tab="compare", suite="upstream", runs=",".join(runs))
    for item, words in (("", True), ("s2", True), ("s3", False)):
        shown = compare.html(reader.store, reader.suite("upstream"), address.to(item=item))
        assert ("hardest part" in shown, "walk each day" in shown) == (words, words)
        assert MARKER not in shown
        assert ("findahelpline.com" in shown) == bool(item)
        assert shown.count('turn-1"') == (2 if words else 0)
    assert "side-1-turn-1" in compare.html(reader.store, reader.suite("upstream"), address)


def test_a_model_without_that_task_has_nobody_beside_it(reader, runs, tmp_path):
    other = played_run(tmp_path / "home", reader.store, "org/other", [played_item(played("s9", ASKS))])
    address = Address(tab="compare", suite="upstream", runs=f"{runs[0]},{other}")
    assert "The same client, side by side" not in compare.html(reader.store, reader.suite("upstream"), address)


def test_a_descriptive_measure_has_no_direction_colour_or_best_end(reader, runs):
    suite, address = reader.suite("upstream"), Address(suite="upstream")
    column = next(column for column in suite.columns if column.task == TASK)
    assert column.higher_is_better is None
    assert pictures.shade(column, {"value": 0.5}) is None
    shown = board.html(suite.display, suite.columns, address)
    profile = model.page(reader, suite, address.to(tab="model", run=runs[0]), ()).top
    for text in (
        shown.split("legend")[0].split("</caption>")[1],
        profile,
        pictures.html(suite.display, suite.columns, address),
    ):
        assert "↓" not in text
        assert "↑" not in text
        assert "--dark" not in text
    assert "highest first" in shown
    assert "descriptive" in profile


def test_measures_without_a_judge_stand_below_the_board_without_a_direction(reader, runs):
    shown = session_board.html(reader.suite("upstream"), Address(suite="upstream"))
    assert shown.count("counselor&#39;s words a turn") == 1
    assert "descriptive task: nobody is ranked on it" in shown
    assert "↓" not in shown
    assert session_board.html(reader.suite("open"), Address()) == ""


def rows(*values: float, half: float = 0.05) -> pl.DataFrame:
    cells = [{"value": value, "low": value - half, "high": value + half, "n_items": 20, "partial": False} for value in values]
    names = [f"m{number}" for number in range(len(values))]
    return pl.DataFrame({"model": names, "role": ["candidate"] * len(names), "task t": cells})


def test_pairs_nearer_than_six_tenths_of_a_deviation_cannot_be_told_apart():
    column = Column("t", "alliance", "sessions", True, 0.0, 1.0, False, True, "open-clients")
    shown = session_board.resolution(rows(0.5, 0.55, 0.7), column)
    assert shown is not None
    # An interval of .05 to each side over 20 clients: a deviation of .05 * sqrt(20) / 1.96 = .114, six tenths of it are .068.
    assert shown.difference == pytest.approx(0.0684, abs=1e-4)
    assert (shown.clients, shown.alike, shown.pairs) == (20, (("m0", "m1"),), 3)
    assert session_board.resolution(rows(0.5), column) is None
    descriptive = Column("t", "talk_ratio", "sessions", None, 0.0, 1.0, False, False, "open-clients")
    assert session_board.resolution(rows(0.5, 0.6), descriptive) is None


def test_a_difference_of_a_descriptive_measure_is_plain(reader, tmp_path):
    """The stored direction says that lower is better; the model that talks more has the positive difference all the same."""
    runs = []
    for name, share in (("org/more", 0.7), ("org/less", 0.4)):
        items = [played_item(played(f"c{number}", ASKS), talk_ratio=share) for number in range(4)]
        runs.append(played_run(tmp_path / "home", reader.store, name, items))
    address = Address(tab="compare", suite="upstream", runs=",".join(runs))
    assert "<b>+0.300</b>" in compare.html(reader.store, reader.suite("upstream"), address)


def test_exports_say_no_direction_of_a_descriptive_measure(reader, runs):
    scores = reader.suite("upstream").board.scores
    rows = json.loads(export.render(scores, "json"))
    directions = {row["metric"]: row["higher_is_better"] for row in rows if row["task"] == TASK}
    assert (directions["talk_ratio"], directions["words_a_turn"]) == (None, None)
    assert directions["scored_rate"] is True
    table = board_text(scores)
    assert f"{TASK}: talk_ratio descriptive" in table
    assert "is better" not in table
