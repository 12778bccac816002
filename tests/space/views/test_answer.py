"""What the board answers for a use: the columns that bear on it, who cannot be told apart there, no winner by chance."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import uses
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import answer, board
from counsel_leaderboard.space.views.answer import UseAnswer
from tests.support.gate_runs import FAILS, IDLE, PASSES, gated_models
from tests.support.homes import store_run
from tests.support.run_folders import Item, Task, request

STIGMATISED = {"org/low": 4, "org/near": 5, "org/high": 30}
"""Of 40 answers of a model, how many stigmatise."""


def add(store: Store, name: str, stigmatised: int, *, role: str = "candidate", licence: str = "mit", size: int = 10**9) -> None:
    items = [Item(f"v{number:02d}", {"stigma": float(number < stigmatised), "scored_rate": 1.0}) for number in range(40)]
    task = Task("counsel_stigma", items, source="open", dataset="open-stigma")
    asked = request([task], role=role)
    asked["model"] |= {"name": name, "licence": licence, "parameters": size}
    store_run(store.home, [task], asked, name, store)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home") as opened:
        yield opened


def given(store: Store, **fields: object) -> UseAnswer:
    reader = BoardReader(store)
    return answer.of_use(reader, reader.suite("open"), Address(use="research", **fields))  # type: ignore[arg-type]


def test_models_that_differ_by_chance_are_named_together(store: Store) -> None:
    for name, stigmatised in STIGMATISED.items():
        add(store, name, stigmatised)
    result = given(store)
    # 4 and 5 of the same 40 items cannot be told apart; 30 is far from both.
    assert result.findings[0].leaders == ("org/low", "org/near")
    assert "org/low and org/near cannot be told apart at the top, and do better than the other one" in result.findings[0].words
    assert result.summary.startswith("org/low and org/near stand at the top in Stigma, with guidelines")
    assert "cannot be told apart there" in result.summary


def test_one_leads_only_where_the_test_says_so_and_that_is_no_proof(store: Store) -> None:
    for name in ("org/low", "org/high"):
        add(store, name, STIGMATISED[name])
    result = given(store)
    assert "org/low does better than the other one by the test" in result.findings[0].words
    assert result.summary.startswith("org/low stands at the top")
    assert result.summary.endswith("That is no proof that it is fit for it.")


def test_nobody_is_named_where_nobody_differs_or_one_stands_alone(store: Store) -> None:
    add(store, "org/low", 4)
    alone = given(store)
    assert "org/low alone is ranked" in alone.findings[0].words
    add(store, "org/near", 5)
    both = given(store)
    assert "the 2 ranked models cannot be told apart" in both.findings[0].words
    for result in (alone, both):
        assert result.summary.startswith("This board names no model for it")
        assert "org/" not in result.summary


def test_the_filters_narrow_the_answer(store: Store) -> None:
    add(store, "org/low", 4, licence="proprietary", size=10**9)
    add(store, "org/near", 5, size=70 * 10**9)
    add(store, "org/high", 30, size=10**9)
    assert given(store, runs_on="8").findings[0].leaders == ("org/high",)
    assert given(store, runs_on="api").findings[0].leaders == ("org/low",)
    assert given(store, runs_on="more").findings[0].leaders == ("org/near",)
    assert given(store, licence="mit").findings[0].leaders == ("org/near",)
    assert given(store, licence="no such").summary == "No model here matches."


def test_a_column_in_which_a_control_does_as_well_says_so(store: Store) -> None:
    add(store, "org/low", 4)
    add(store, "control/echo", 4, role="control")
    result = given(store)
    assert "1 model asked and nobody ranked: a scripted control does as well" in result.findings[0].words


def test_the_gate_stands_beside_the_answer_where_it_was_run(tmp_path: Path) -> None:
    with Store.open(tmp_path / "home") as store:
        gated_models(store, tmp_path / "folders")
        reader = BoardReader(store)
        suite = reader.suite("open")
        result = answer.of_use(reader, suite, Address(use="support_line"))
        assert [state for state, _ in result.gate] == ["passed", "undecided", "not run", "failed"]
        named = dict(result.gate)
        assert (PASSES in named["passed"], IDLE in named["not run"], FAILS in named["failed"]) == (True, True, True)
        page = html.unescape(answer.html(reader, suite, Address(use="support_line")))
        assert uses()["support_line"].caveat in page
        assert not re.search(r"\bsafe\b", page)
    with Store.open(tmp_path / "without") as store:
        add(store, "org/low", 4)
        assert given(store).gate == ()


def test_the_page_shows_the_columns_of_the_use_in_its_order_and_those_who_were_asked(store: Store) -> None:
    add(store, "org/low", 4)
    task = Task("counsel_trajectory_rating", [Item("t1", {"ccc": 0.5, "scored_rate": 1.0})], "ccc", higher_is_better=True)
    asked = request([task])
    asked["model"]["name"] = "org/other"
    store_run(store.home, [task], asked, "other", store)
    suite = BoardReader(store).suite("open")
    page = board.html(suite.display, suite.columns, Address(use="trauma_work"))
    assert re.findall(r'class="pinned model"><a[^>]*>([^<]+)</a>', page) == ["org/other"]
    assert "<b>1</b> of 2 models was asked what bears on it" in page
    assert "Stigma, with guidelines" not in page
    whole = board.html(suite.display, suite.columns, Address(use="nonsense"))
    assert "There is no use" in whole
    assert "Stigma, with guidelines" in whole


def test_tasks_that_bear_on_it_and_that_nobody_was_asked_are_named(store: Store) -> None:
    add(store, "org/low", 4)
    result = given(store)
    assert "counsel_preference" in result.nobody_asked
    assert "counsel_stigma" not in result.nobody_asked
    reader = BoardReader(store)
    page = answer.html(reader, reader.suite("open"), Address(use="cbt_practice"))
    assert "Nothing on this board bears on it" in page
    assert "CBT sessions" in page
