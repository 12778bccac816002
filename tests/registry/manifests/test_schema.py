"""What follows from a manifest."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from counsel_leaderboard.registry.manifests import catalog, include_path, metric, overall_tasks, reference_lines
from counsel_leaderboard.runners.harness.task_folders import create, lm_eval_config
from tests.support.task_folders import made_task

STIGMA_GROUPS = ("depression", "alcohol_dependence", "schizophrenia", "daily_troubles", "bipolar_disorder", "ptsd")


def test_groups_are_metrics_of_their_own_that_combine_as_the_whole_does() -> None:
    whole = {"range": [-1, 1], "higher_is_better": False, "combine": "strata", "by": ["first_half", "b"]}
    table = made_task("t", metrics={"good": whole}).manifest.table()
    assert list(table) == ["good", "good_first_half", "good_b", "scored_rate"]
    assert [facts.kind for facts in table.values()] == ["headline", "breakdown", "breakdown", "bookkeeping"]
    part = table["good_first_half"]
    assert (part.range, part.combine, part.higher_is_better, part.label) == ((-1, 1), "strata", False, "good, first half")


def test_a_record_holds_what_boards_of_the_version_before_read() -> None:
    record = made_task("t", version="2.5").manifest.record()
    assert {key: record[key] for key in ("version", "area", "headline", "combine", "range", "ranked", "overall", "judged")} == {
        "version": "2.5", "area": "quality", "headline": "good", "combine": "items", "range": [0.0, 1.0],
        "ranked": True, "overall": False, "judged": False,
    }  # fmt: skip
    assert set(record["metrics"]) == {"good", "scored_rate"}


def test_the_overall_order_of_each_suite() -> None:
    """Six tasks of four areas; the published stimuli of critical situations are not released, so that suite has five."""
    assert set(overall_tasks("open")) - set(overall_tasks("upstream")) == {"counsel_response"}
    assert {catalog()[name].manifest.area for name in overall_tasks("open")} == {
        "quality", "trajectory", "stigma_response", "preference"
    }  # fmt: skip
    assert "counsel_stigma_plain" in overall_tasks("open")
    assert "counsel_stigma" not in overall_tasks("open")  # its guidelines answer two of the six questions


def test_a_task_that_shares_another_ones_metrics() -> None:
    assert catalog()["counsel_stigma_plain"].manifest.table() == catalog()["counsel_stigma"].manifest.table()
    assert all(metric("counsel_stigma_plain", f"stigma_{group}") is not None for group in STIGMA_GROUPS)
    assert metric("counsel_stigma", "nothing") is None
    assert metric("nobody", "stigma") is None


def test_figures_of_people_belong_to_the_suite_whose_items_they_are_about() -> None:
    """The survey's mean over the six questions of the index, and over the three conditions; see protocols/stigma.md."""
    survey = {"stigma_depression": 0.205, "stigma_alcohol_dependence": 0.508, "stigma_schizophrenia": 0.498}
    for task in ("counsel_stigma", "counsel_stigma_plain"):
        for name, value in {**survey, "stigma_daily_troubles": 0.172, "stigma": sum(survey.values()) / 3}.items():
            (line,) = reference_lines("upstream", task, name)
            assert line.value == pytest.approx(value, abs=5e-4)
            assert reference_lines("open", task, name) == ()
    assert reference_lines("upstream", "counsel_stigma", "dk_rate") == ()
    assert reference_lines("upstream", "nobody", "stigma") == ()
    assert [line.value for line in reference_lines("upstream", "counsel_response", "appropriate")] == [0.9375]


def test_a_config_for_lm_eval_finds_the_tasks_of_all_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("COUNSEL_TASKS", raising=False)
    plain = yaml.safe_load(lm_eval_config().read_text())
    assert plain == {"include_path": str(include_path()), "apply_chat_template": True, "log_samples": True}
    monkeypatch.setenv("COUNSEL_TASKS", str(create("toy", tmp_path / "tasks").parent))
    both = yaml.safe_load(lm_eval_config().read_text())["include_path"]
    assert {file.stem for file in Path(both).glob("*.yaml")} == set(catalog()) == {"toy", *catalog()}
    assert yaml.safe_load((Path(both) / "toy.yaml").read_text()) == {
        "task": "toy", "include": str(tmp_path / "tasks" / "toy" / "toy.yaml")
    }  # fmt: skip
