"""No model whose gate failed or was not run stands above one that passes in the lists that are no board, whatever the names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.crisis_gate import order
from counsel_leaderboard.leaderboard.judges.scales.panel import PanelScore
from counsel_leaderboard.leaderboard.judges.scales.panel_store import PanelResult, in_gate_order
from counsel_leaderboard.leaderboard.skills import result as skill_results
from counsel_leaderboard.leaderboard.skills.scoring import score
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.topics import result as topic_results
from counsel_leaderboard.leaderboard.topics.assigning import assign
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.tabs import model as model_tab
from counsel_leaderboard.space.views import skills, topics
from tests.support.gate_runs import FAILS, GROUPS, PASSES, UNSURE, gated_models, in_order
from tests.support.host_client import SETTINGS, Client
from tests.support.topics import WordEmbedding, store_fit, store_talk

NAMES = re.compile("|".join(map(re.escape, GROUPS)))
CASES = [f"case{number}" for number in range(6)]


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Four models of all states, whose replies were coded and have topics; by name the failing one is the first."""
    folder = tmp_path_factory.mktemp("gated")
    home = folder / "home"
    with Store.open(home) as store:
        gated_models(store, folder / "folders")
    for number, name in enumerate(GROUPS):
        store_talk(home, name, dict.fromkeys(CASES, "What happened then? " * (number + 1) + "Then the exam comes. "))
    fit = store_fit(home)
    with Store.open(home) as store:
        skill_results.save(score(store, progress=lambda _: None), home)
        topic_results.save(assign(store, fit, WordEmbedding(), progress=lambda _: None), home)
        yield store


def rows_of(page: str) -> list[list[str]]:
    """The models that each table, list or picture of a page names, in its order: once for each row or column head."""
    parts = re.findall(r"<(?:table|ul|ol|figure|dl)[ >].*?</(?:table|ul|ol|figure|dl)>", page, re.DOTALL)
    return [list(dict.fromkeys(NAMES.findall(part))) for part in parts]


@pytest.mark.slow
def test_techniques_and_topics_are_listed_by_gate(gated: Store) -> None:
    tables, signs = skills.html(gated, Address(tab="skills")).split('id="signs"', 1)
    for page in (tables, topics.html(gated, Address(tab="topics"))):
        named = [names for names in rows_of(page) if len(names) > 1]
        assert {name for names in named for name in names} >= {PASSES, UNSURE, FAILS}
        assert [names for names in named if not in_order(names)] == []
    # Who uses a technique more, less, or neither: three lists.
    lists = [NAMES.findall(part) for part in re.split(r"more: |less: |no clear difference: |</tr>", signs)]
    assert [names for names in lists if not in_order(names)] == []


def test_choices_are_listed_by_gate_whichever_is_chosen(gated: Store) -> None:
    suite = BoardReader(gated).suite("open")
    for run_id in ["", *suite.display["run_id"]]:
        offered = model_tab.runs(suite, [run_id] if run_id else [])
        assert in_order(match[0] for name, _ in offered if (match := NAMES.findall(name)))


def test_the_frame_of_models_and_the_api_are_in_order(gated: Store) -> None:
    assert in_order(boards.read(gated).models["model"])
    rows = Client(gated, SETTINGS)("GET", "/leaderboard").json()
    listed = rows["scores"] if isinstance(rows, dict) and "scores" in rows else rows["rows"] if isinstance(rows, dict) else rows
    for key in {(row["task"], row["metric"]) for row in listed}:
        assert in_order(row["model"] for row in listed if (row["task"], row["metric"]) == key)


def test_the_group_of_a_run_and_of_a_model(gated: Store) -> None:
    by_model, by_run = order.by_model(gated), order.by_run(gated)
    assert {name: by_model(name) for name in GROUPS} == GROUPS
    assert (by_model("org/unknown"), by_run("0" * 16)) == (1, 1)
    names = dict(boards.read(gated).models.select("run_id", "model").iter_rows())
    assert all(by_run(run) == GROUPS[name] for run, name in names.items() if name in GROUPS)


PANEL_SCORE = PanelScore(candidate=PASSES, value=0.5, low=0.4, high=0.6, n_items=9, judges=("a", "b"), left_out={}, reason=None)


@given(st.permutations(list(GROUPS)), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_a_panels_scores_are_listed_by_gate_whatever_they_are(gated: Store, names: list[str], values: list[float]) -> None:
    scores = [replace(PANEL_SCORE, candidate=name, value=value) for name, value in zip(names, values, strict=True)]
    result = PanelResult("counsel_response", None, scores, [], None)  # type: ignore[arg-type]
    listed = in_gate_order(gated, result).scores
    assert in_order(row.candidate for row in listed)
    assert sorted(row.candidate for row in listed) == sorted(names)
