from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.runs.files import ResultsError
from counsel_leaderboard.leaderboard.runs.read import read
from counsel_leaderboard.leaderboard.runs.validate import check
from tests.support.run_folders import Item, Task, change_results, change_sample, request, results_of, write

TASK = Task("counsel_stigma", [Item(f"v{n}", {"stigma": float(n % 2), "scored_rate": 1.0}) for n in range(4)])


def checked(folder: Path) -> None:
    check(read(folder))


@pytest.mark.parametrize("moved", [1e-8, -1e-8, 0.5])
def test_a_headline_that_does_not_follow_from_its_samples_is_refused(tmp_path: Path, moved: float) -> None:
    folder = write(tmp_path, [TASK])
    change_results(folder, lambda value: value["results"]["counsel_stigma"].update({"stigma,none": 0.5 + moved}))
    with pytest.raises(ResultsError, match=r"its samples give 0\.5") as caught:
        checked(folder)
    assert str(results_of(folder)) in str(caught.value)


def test_rounding_is_forgiven(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    change_results(folder, lambda value: value["results"]["counsel_stigma"].update({"stigma,none": 0.5 + 1e-11}))
    checked(folder)


@pytest.mark.parametrize("unscored", [None, float("nan")])
def test_a_headline_that_is_said_to_be_missing_is_refused(tmp_path: Path, unscored: float | None) -> None:
    folder = write(tmp_path, [TASK])
    change_results(folder, lambda value: value["results"]["counsel_stigma"].update({"stigma,none": unscored}))
    with pytest.raises(ResultsError, match=r"reports stigma = None but its samples give 0\.5"):
        checked(folder)


def test_a_headline_without_scored_items_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, [Task("counsel_stigma", [Item("v1", {"scored_rate": 0.0})])])
    change_results(folder, lambda value: value["results"]["counsel_stigma"].update({"stigma,none": 0.0}))
    with pytest.raises(ResultsError, match="its samples give None"):
        checked(folder)


def test_a_run_without_any_score_is_a_run(tmp_path: Path) -> None:
    checked(write(tmp_path, [Task("counsel_stigma", [Item("v1", {"scored_rate": 0.0})])]))


def test_a_headline_outside_its_range_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, [Task("counsel_stigma", [Item("v1", {"stigma": 1.5})])])
    with pytest.raises(ResultsError, match=r"outside \[0.0, 1.0\]"):
        checked(folder)


@pytest.mark.parametrize("value", ["0.5", None, [1], {"weight": 1}, {"value": 1, "weight": 0}, {"value": 1, "weight": -1}])
def test_a_value_that_is_no_number_is_refused(tmp_path: Path, value: Any) -> None:
    folder = write(tmp_path, [TASK])
    change_sample(folder, 2, lambda line: line.update(stigma=value))
    with pytest.raises(ResultsError, match="line 3: stigma is not a value"):
        checked(folder)


def test_a_missing_line_is_noticed(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    change_results(folder, lambda value: value["n-samples"]["counsel_stigma"].update(effective=5))
    with pytest.raises(ResultsError, match=r"holds 4 samples but results\.json counts 4 documents, 5 with"):
        checked(folder)


@pytest.mark.parametrize("what", ["doc_id", "id"])
def test_a_document_that_was_asked_twice_is_refused(tmp_path: Path, what: str) -> None:
    folder = write(tmp_path, [TASK])
    change_sample(folder, 1, lambda line: line.update(doc_id=0) if what == "doc_id" else line["doc"].update(id="v0"))
    with pytest.raises(ResultsError, match="is on several lines"):
        checked(folder)


def test_items_of_another_dataset_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    change_sample(folder, 1, lambda line: line["doc"].update(dataset="open-psyllm"))
    with pytest.raises(ResultsError, match="line 2: an item of open-psyllm"):
        checked(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tasks": {"counsel_psyllm": "1.0"}}, "tasks is"),
        ({"tasks": {"counsel_stigma": "2.0"}}, "tasks is"),
        ({"limit": 4}, "limit is None but request.json asked for 4"),
        ({"source": "upstream"}, "source is open"),
        ({"judge": {"model": "org/judge"}}, "judge is None"),
    ],
)
def test_results_of_another_request_are_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    folder = write(tmp_path, [TASK], record={**request([TASK]), **change})
    with pytest.raises(ResultsError, match=words):
        checked(folder)


def test_two_suites_in_one_run_are_refused(tmp_path: Path) -> None:
    upstream = Task("counsel_psyllm", TASK.items, source="upstream", dataset="cpsycoune")
    with pytest.raises(ResultsError, match="mixes open and upstream"):
        checked(write(tmp_path, [TASK, upstream]))


def test_two_judges_in_one_run_are_refused(tmp_path: Path) -> None:
    tasks = [Task(f"counsel_{name}", TASK.items, judged=True, judge={"model": name}) for name in ("a", "b")]
    with pytest.raises(ResultsError, match="several judges"):
        checked(write(tmp_path, tasks))


def test_the_builder_writes_valid_json(tmp_path: Path) -> None:
    folder = write(tmp_path, [TASK])
    assert json.loads(results_of(folder).read_text())["results"]["counsel_stigma"]["stigma,none"] == 0.5
