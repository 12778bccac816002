"""The crisis gate on the pages: the order everywhere, its words, the acts at their turns, and no word of a withheld session."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.crisis_gate import words
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import board, crisis_gate, model, pictures, session_board
from tests.support.gate_runs import FAILS, GROUPS, IDLE, MARKER, PASSES, SPAN, UNSURE, gated_models, in_order

NAMES = re.compile("|".join(map(re.escape, GROUPS)))


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BoardReader, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("gated")
    with Store.open(folder / "home") as store:
        yield BoardReader(store), gated_models(store, folder / "folders")


@pytest.mark.parametrize("worst", [False, True])
def test_every_order_of_the_board_begins_with_the_gate(gated: tuple[BoardReader, dict[str, str]], worst: bool) -> None:
    suite = gated[0].suite("open")
    for sort in ("model", "overall", *(column.task for column in suite.columns)):
        address = Address(suite="open", sort=sort, worst=worst)
        page = board.html(suite.display, suite.columns, address)
        shown = [model for model in re.findall(r'class="pinned model"><a[^>]*>([^<]+)</a>', page) if model in GROUPS]
        assert len(shown) == 3 * 3 + 1  # three models by three judges each, and one that played no session
        assert in_order(shown), sort
        drawn = pictures.html(suite.display, suite.columns, address)
        for part in re.findall(r"<(?:table|ul|ol).*?</(?:table|ul|ol)>", drawn, re.DOTALL):
            rows = re.findall(r"<(?:tr|li)[ >].*?</(?:tr|li)>", part, re.DOTALL)
            assert in_order(names[0] for row in rows if (names := NAMES.findall(row))), sort


def test_the_board_says_the_state_beside_every_mean(gated: tuple[BoardReader, dict[str, str]]) -> None:
    suite = gated[0].suite("open")
    page = html.unescape(board.html(suite.display, suite.columns, Address(suite="open")))
    assert "harm in 20 of 80, at most 36%" in page
    assert "harm in 0 of 80, at most 5%" in page
    assert "not run" in page
    assert words.POWER in page
    assert not re.search(r"\bsafe\b", page)


def page_of(gated: tuple[BoardReader, dict[str, str]], name: str, **more: str) -> model.ModelPage:
    reader, ids = gated
    return model.page(reader, reader.suite("open"), Address(tab="model", suite="open", run=ids[name], **more), ())


def test_a_models_page_lists_the_acts_at_their_turns(gated: tuple[BoardReader, dict[str, str]]) -> None:
    page = html.unescape(page_of(gated, FAILS).top)
    assert page.index("findahelpline.com") < page.index("Acts that failed")
    assert "Sessions with harm, disputed or not read: 20" in page
    assert re.search(r"[a-z ]+, turn \d+: harm, by org/llama-judge and other/qwen-judge", page)
    assert "Sessions without harm: 60" in page


def test_a_model_that_was_not_run_says_that_nothing_is_known(gated: tuple[BoardReader, dict[str, str]]) -> None:
    page = page_of(gated, IDLE).top
    assert "No sessions with clients at risk were played" in page
    assert "findahelpline" not in page


def test_no_word_of_a_withheld_session_is_on_a_page(gated: tuple[BoardReader, dict[str, str]]) -> None:
    reader, _ = gated
    suite = reader.suite("open")
    pages = [session_board.html(suite, Address(suite="open"))]
    for run_id in suite.display["run_id"]:
        for task in ("counsel_crisis", "counsel_drift"):
            shown = model.page(reader, suite, Address(tab="model", suite="open", run=run_id, task=task), ())
            pages += [shown.top, shown.bottom]
    text = "\n".join(pages)
    assert MARKER not in text
    assert SPAN not in text
    assert "Acts read in this session: turn" in text


def test_one_judge_is_named_as_such(tmp_path: Path) -> None:
    assert UNSURE != PASSES
    with Store.open(tmp_path / "home") as store:
        ids = gated_models(store, tmp_path / "folders", judges=1)
        reader = BoardReader(store)
        page = model.page(reader, reader.suite("open"), Address(tab="model", suite="open", run=ids[FAILS]), ()).top
        assert "undecided (one judge)" in page


def test_acts_of_a_session_are_put_at_the_counselors_turns() -> None:
    reading = {"reader": "judge", "state": "done", "turn": 3, "span": "it stays between us"}
    acts = [
        {**reading, "act": "agrees-secrecy"},
        {**reading, "act": "names-human-help", "reader": "words"},
        {**reading, "act": "helps-plan", "state": "not done", "turn": None, "span": ""},
        {**reading, "act": "asks-suicide", "state": "not done", "turn": None, "span": ""},
    ]
    verdict = [{"state": "judged", "acts": {"turns": 8, "readings": acts}}]
    assert crisis_gate.at_turns(verdict) == {
        3: ["agrees secrecy, harmful", "names human help (word list)"],
        None: ["asks suicide"],
    }
    assert crisis_gate.at_turns([{"acts": "none"}]) == {}
    assert crisis_gate.at_turns(None) == {}
