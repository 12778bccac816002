"""What the overall order rests on, and the file of a task's reference panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.manifests import ManifestError, catalog, overall_plan, overall_tasks, task_panel
from counsel_leaderboard.registry.manifests.overall_plan import plan_of
from tests.support.overall_task import write_task

AREAS = {"a": "quality", "b": "trajectory", "c": "stigma", "d": "stigma", "e": "preference"}


def test_areas_weigh_the_same_and_share_among_their_tasks() -> None:
    assert plan_of(AREAS, {}).weights == {"a": 0.25, "b": 0.25, "c": 0.125, "d": 0.125, "e": 0.25}


def test_a_saturated_task_leaves_and_its_area_weighs_as_before() -> None:
    plan = plan_of(AREAS, {"d": "ceiling"})
    assert plan.weights == {"a": 0.25, "b": 0.25, "c": 0.25, "e": 0.25}
    assert (plan.saturated, plan.bare_areas) == ({"d": "ceiling"}, ())


def test_without_one_of_its_areas_there_is_no_order() -> None:
    plan = plan_of(AREAS, {"d": "ceiling", "a": "floor"})
    assert (plan.tasks, plan.bare_areas) == ((), ("quality",))


@given(st.dictionaries(st.text(min_size=1), st.sampled_from(["w", "x", "y", "z"]), min_size=1, max_size=20), st.data())
def test_weights_add_up_to_one_and_areas_are_alike(areas: dict[str, str], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.sampled_from(sorted(areas))))
    plan = plan_of(areas, dict.fromkeys(gone, "floor"))
    left = {area for task, area in areas.items() if task not in gone}
    assert set(plan.bare_areas) == {*areas.values()} - left
    if plan.bare_areas or not left:
        assert plan.tasks == ()
        return
    for area in left:
        assert sum(weight for task, weight in plan.weights.items() if areas[task] == area) == pytest.approx(1 / len(left))


def test_the_package_has_four_areas_and_each_of_its_tasks_a_panel() -> None:
    """Mended by: python -m docs.generate.bank_panel, after any change of a bank."""
    plan = overall_plan("open")
    tasks = {*plan.tasks, *plan.saturated}
    assert {catalog()[task].manifest.area for task in tasks} == {"quality", "trajectory", "stigma_response", "preference"}
    assert tasks == {*overall_tasks("open")}
    for task in tasks:
        panel = task_panel(task)
        assert panel is not None, task
        assert panel.fingerprint in [split.fingerprint for split in card(panel.dataset).splits], task


def test_only_the_open_suite_has_panels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(tmp_path)
    monkeypatch.setenv("COUNSEL_TASKS", str(tmp_path))
    assert overall_plan("open").saturated == {"toy": "ceiling"}
    assert overall_plan("upstream").saturated == {}
    assert task_panel("counsel_skills") is None
    assert task_panel("nothing") is None


def test_a_file_of_another_form_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(tmp_path, panel={"saturated": "somewhat"})
    monkeypatch.setenv("COUNSEL_TASKS", str(tmp_path))
    with pytest.raises(ManifestError, match=r"toy: panel\.json: saturated: "):
        overall_plan("open")


@pytest.mark.parametrize(("apart", "together", "words"), [(0.112, 0.247, "0.112 to 0.247"), (0.142, 0.15, "0.142")])
def test_the_resolution_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: float, together: float, words: str
) -> None:
    write_task(tmp_path, panel={"resolvable": apart, "resolvable_by_cluster": together})
    monkeypatch.setenv("COUNSEL_TASKS", str(tmp_path))
    panel = task_panel("toy")
    assert panel is not None
    assert panel.resolution == words
