from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.board.board import COLUMNS, coverage, items, scores, wide
from counsel_leaderboard.leaderboard.judges.qualification.decision import Judging
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.registry.manifests import overall_tasks
from tests.support.run_folders import Item, Task, request, write

JUDGE = {"model": "org/judge", "revision": "r1"}


class Shelf:
    """Ingests runs into a store, each from a folder of its own."""

    def __init__(self, store: Store, path: Path) -> None:
        self.store, self.path, self.count = store, path, 0

    def add(
        self,
        tasks: list[Task] | None = None,
        *,
        date: float = 1.7e9,
        own: bool = True,
        limit: int | None = None,
        **changes: Any,
    ) -> str:
        self.count += 1
        tasks = tasks or [stigma(0.5)]
        model = changes.pop("model", "org/model")
        record = changes.pop("record", None)
        record_sent = (
            {**request(tasks, model=model, limit=limit), **changes, **({"model": record} if record else {})} if own else None
        )
        folder = write(self.path / str(self.count), tasks, record=record_sent, date=date, model=model, limit=limit)
        return ingest(folder, self.store.home, store=self.store).run_id

    def headline(self, run_id: str, task: str = "counsel_stigma", **options: Any) -> dict[str, Any]:
        row = scores(self.store, **options).filter((pl.col("run_id") == run_id) & pl.col("headline") & (pl.col("task") == task))
        return row.row(0, named=True)

    def shown(self) -> set[str]:
        return set(scores(self.store)["run_id"])


@pytest.fixture
def shelf(store: Store, tmp_path: Path) -> Shelf:
    return Shelf(store, tmp_path / "folders")


def stigma(value: float, n: int = 20, **changes: Any) -> Task:
    """`n` scored items, the share `value` of them 1."""
    items = [Item(f"v{i}", {"stigma": float(i < value * n), "scored_rate": 1.0, "dk_rate": 0.0}) for i in range(n)]
    return Task(changes.pop("name", "counsel_stigma"), changes.pop("items", items), **changes)


def partly(scored: int, n: int = 20) -> list[Item]:
    return [Item(f"v{i}", {"stigma": 1.0, "scored_rate": 1.0} if i < scored else {"scored_rate": 0.0}) for i in range(n)]


def test_an_empty_board_has_the_columns(store: Store) -> None:
    board = scores(store)
    assert board.columns == list(COLUMNS)
    assert board.is_empty()
    assert coverage(board).is_empty()


def test_a_full_run_is_ranked(shelf: Shelf) -> None:
    run_id = shelf.add([stigma(0.25)])
    row = shelf.headline(run_id)
    expected = {
        **{"model": "org/model", "role": "candidate", "task": "counsel_stigma", "area": "stigma_response", "metric": "stigma"},
        **{"higher_is_better": False, "value": 0.25, "n_items": 20, "n_clusters": 20, "n_unscored": 0, "n_total": 20},
        **{"sample": False, "judge": None, "ranked": True, "unranked_reason": None, "task_version": "1.0", "tier": 1},
    }
    assert {key: row[key] for key in expected} == expected
    other = scores(shelf.store).filter(pl.col("metric") == "dk_rate").row(0, named=True)
    assert (other["value"], other["n_items"], other["n_total"], other["ranked"]) == (0.0, 20, None, False)


@pytest.mark.parametrize(
    ("task", "changes", "reason"),
    [
        (stigma(0.5, full=40), {"limit": 20}, "a sample: 20 of 40 questions tried"),
        (stigma(0.5, full=40), {}, "a sample: 20 of 40 questions tried"),
        (stigma(0.5, items=partly(18)), {}, "only 90% of its questions could be scored, and a ranked score needs 95%"),
        (stigma(0.5, items=partly(0)), {}, "nothing was scored"),
        (stigma(0.5, ranked=False), {}, "descriptive task: nobody is ranked on it"),
        (stigma(0.5, judged=True), {}, "replies were not judged"),
        (stigma(0.5), {"role": "control"}, "a scripted control, which is no model"),
        (stigma(0.5, items=[Item("a", {"stigma": 1.0})]), {}, "the run does not say how many of its questions could be scored"),
    ],
)
def test_what_is_not_ranked_says_why(shelf: Shelf, task: Task, changes: dict[str, Any], reason: str) -> None:
    row = shelf.headline(shelf.add([task], **changes))
    assert row["ranked"] is False
    assert row["unranked_reason"] == reason


def test_95_percent_is_enough(shelf: Shelf) -> None:
    row = shelf.headline(shelf.add([stigma(0, items=partly(19))]))
    assert (row["ranked"], row["n_items"], row["n_unscored"], row["n_total"]) == (True, 19, 1, 20)


def test_a_share_of_scored_items_cannot_be_talked_up(shelf: Shelf) -> None:
    """Half of the documents say that they were scored and have no value."""
    liars = [Item(f"v{i}", {"scored_rate": 1.0} | ({"stigma": 1.0} if i < 10 else {})) for i in range(20)]
    assert shelf.headline(shelf.add([stigma(0, items=liars)]))["unranked_reason"].startswith("only 50%")


def test_all_reasons_are_given(shelf: Shelf) -> None:
    row = shelf.headline(shelf.add([stigma(0.5, full=40)], own=False, limit=20))
    assert row["unranked_reason"] == "self-reported, not reproduced by a worker; a sample: 20 of 40 questions tried"


def test_a_sample_says_the_whole_where_the_bank_does(shelf: Shelf) -> None:
    with_total = shelf.headline(shelf.add([stigma(0.5, full=40, eligible=30)], model="a"))
    without = shelf.headline(shelf.add([stigma(0.5, full=40)], model="b"))
    assert (with_total["n_items"], with_total["n_total"]) == (20, 30)
    assert (without["n_items"], without["n_total"]) == (20, None)


def test_a_judge_must_have_a_card(shelf: Shelf) -> None:
    run_id = shelf.add([stigma(0.5, judged=True, judge=JUDGE)], judge=JUDGE)
    assert shelf.headline(run_id)["unranked_reason"] == "judge org/judge at r1 has no card on file"
    queries: list[Judging] = []

    def qualified(judging: Judging) -> None:
        queries.append(judging)

    row = shelf.headline(run_id, judges=qualified)
    assert (row["ranked"], row["judge"]) == (True, "org/judge")
    assert set(queries) == {Judging("counsel_stigma", "org/judge", "r1", JUDGE.get("rubric"), None)}


def test_a_judge_says_nothing_about_tasks_that_have_none(shelf: Shelf) -> None:
    tasks = [stigma(0.5), stigma(0.5, name="counsel_psyllm", judged=True, judge=JUDGE)]
    assert shelf.headline(shelf.add(tasks, judge=JUDGE))["ranked"] is True


def test_the_newest_run_of_a_model_stands(shelf: Shelf) -> None:
    shelf.add([stigma(0.9)], date=1.6e9)
    newest = shelf.add([stigma(0.2)], date=1.8e9)
    shelf.add([stigma(0.1)], date=1.7e9)
    assert shelf.shown() == {newest}


def test_a_sample_never_stands_in_for_a_full_run(shelf: Shelf) -> None:
    full = shelf.add(date=1.6e9)
    shelf.add([stigma(0.5, full=40)], limit=20, date=1.8e9)
    assert shelf.shown() == {full}


def test_a_run_of_one_task_never_stands_in_for_one_of_two(shelf: Shelf) -> None:
    two = shelf.add([stigma(0.5), stigma(0.5, name="counsel_stigma_plain")], date=1.6e9)
    shelf.add(date=1.8e9)
    assert shelf.shown() == {two}


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "org/other"},
        {"engine": {"kind": "vllm"}},
        {"role": "control"},
        {"own": False},
        {"model": "org/model", "tasks": [stigma(0.5, source="upstream")]},
    ],
)
def test_what_is_not_the_same_stands_beside_it(shelf: Shelf, changes: dict[str, Any]) -> None:
    first = shelf.add(date=1.6e9)
    other = shelf.add(date=1.8e9, **changes)
    both = {*scores(shelf.store, "open")["run_id"], *scores(shelf.store, "upstream")["run_id"]}
    assert both == {first, other}


def test_another_revision_stands_beside_it(shelf: Shelf) -> None:
    first = shelf.add(date=1.8e9)
    record = {**request([stigma(0.5)])["model"], "revision": "b" * 40}
    other = shelf.add(record=record)
    assert shelf.shown() == {first, other}


def test_an_unjudged_run_makes_way_for_a_judged_one_that_is_no_smaller(shelf: Shelf) -> None:
    plain = stigma(0.5, name="counsel_psyllm", judged=True)
    done = stigma(0.5, name="counsel_psyllm", judged=True, judge=JUDGE)
    unjudged = shelf.add([stigma(0.5), plain], date=1.8e9)
    smaller = shelf.add([done], judge=JUDGE)
    assert shelf.shown() == {unjudged, smaller}
    judged = shelf.add([stigma(0.5), done], judge=JUDGE)
    assert shelf.shown() == {judged}


def test_scores_on_other_items_are_not_ranked_together(shelf: Shelf) -> None:
    old = shelf.add([stigma(0.5)], model="org/old", date=1.6e9)
    new = shelf.add([stigma(0.5, fingerprint="sha256:" + "1" * 64)], model="org/new", date=1.8e9)
    # A self-reported run says nothing about which items are the board's.
    shelf.add([stigma(0.5, version="9.9")], model="org/loud", date=1.9e9, own=False)
    assert shelf.headline(new)["ranked"] is True
    assert "other items" in shelf.headline(old)["unranked_reason"]


def test_coverage_names_what_is_missing(shelf: Shelf) -> None:
    shelf.add([stigma(0.5, name=name) for name in overall_tasks("open")], model="org/whole")
    shelf.add([stigma(0.5), stigma(0.5, name="counsel_psyllm", full=40)], model="org/part", limit=20)
    by_model = {row["model"]: row for row in coverage(scores(shelf.store)).iter_rows(named=True)}
    assert (by_model["org/whole"]["complete"], by_model["org/whole"]["reason"]) == (True, None)
    assert by_model["org/part"]["complete"] is False
    assert by_model["org/part"]["missing"] == sorted(set(overall_tasks("open")) - {"counsel_stigma"})
    assert "counsel_psyllm" in by_model["org/part"]["reason"]


def test_the_wide_frame_leaves_gaps(shelf: Shelf) -> None:
    shelf.add([stigma(0.5), stigma(0.25, name="counsel_stigma_plain")], model="org/a")
    shelf.add([stigma(0.75)], model="org/b")
    assert wide(scores(shelf.store)).drop("run_id").rows() == [
        ("org/a", "candidate", None, 0.5, 0.25),
        ("org/b", "candidate", None, 0.75, None),
    ]


def test_the_ranking_gets_what_the_board_shows(shelf: Shelf) -> None:
    run_id = shelf.add([stigma(0.5, items=partly(3, n=4))])
    answers, rules = items(shelf.store, [run_id])
    # The fourth document was asked and could not be scored.
    values = [1.0, 1.0, 1.0, None]
    assert answers.sort("item").rows() == [
        (run_id, "counsel_stigma", "stigma", "all", f"v{i}", f"v{i}", values[i], 1.0) for i in range(4)
    ]
    assert rules.rows() == [("counsel_stigma", "stigma", "items", False, 0.0, 1.0)]
    every, every_rule = items(shelf.store, [run_id], headlines=False)
    assert set(every["metric"]) == set(every_rule["metric"]) == {"stigma", "scored_rate"}


def test_a_board_is_of_one_moment(shelf: Shelf) -> None:
    run_id = shelf.add()
    whole = board.read(shelf.store)
    assert whole.models["run_id"].to_list() == whole.coverage["run_id"].to_list() == [run_id]
    assert whole.models["engine"].to_list() == ["llama_cpp"]
    assert whole.scores.equals(scores(shelf.store))


def test_headlines_alone(shelf: Shelf) -> None:
    shelf.add()
    whole, headlines = scores(shelf.store), scores(shelf.store, headlines=True)
    assert headlines["metric"].to_list() == ["stigma"]
    assert set(whole["metric"]) == {"stigma", "scored_rate", "dk_rate"}
    assert headlines.equals(whole.filter(pl.col("metric") == "stigma"))
