"""Every way in which a task's folder can be wrong is one error that names folder, key, rule and next step."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from counsel_leaderboard.registry.manifests import ManifestError, UnknownTaskError, catalog, controls, include_path, select
from counsel_leaderboard.runners.engines.controls.scripts import CONTROLS
from counsel_leaderboard.runners.harness.task_folders import TaskFolderError, create, require_sound

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new task's folder in a folder that $COUNSEL_TASKS names."""
    folder = create("toy", tmp_path / "tasks")
    monkeypatch.setenv("COUNSEL_TASKS", str(folder.parent))
    return folder


def change(folder: Path, how: Change) -> None:
    """Rewrite the YAML; a function's tag is kept as it is."""
    file = folder / f"{folder.name}.yaml"
    config = yaml.safe_load(file.read_text().replace("!function ", "FUNCTION "))
    how(config)
    file.write_text(yaml.safe_dump(config).replace("FUNCTION ", "!function "))


def test_a_new_folder_is_found_beside_the_package(folder: Path) -> None:
    assert catalog()["toy"].file == folder / "toy.yaml"
    assert "counsel_stigma" in catalog()
    assert [info.name for info in select(["toy", "counsel_stigma"])] == ["toy", "counsel_stigma"]


def test_without_the_setting_it_is_unknown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COUNSEL_TASKS")
    with pytest.raises(UnknownTaskError, match="there is no task toy"):
        select(["toy"])


FIGURE = {"value": 0.5, "label": "People", "source": "a study", "url": "https://example.org", "suites": ["open"]}
WRONG: dict[str, tuple[Change, str]] = {
    "a figure of a metric that is not there": (
        lambda c: c["metadata"].update(reference_lines=[{**FIGURE, "metric": "nothing"}]), "'nothing' is not one of metrics"
    ),
    "a ranked task with a descriptive headline": (
        lambda c: c["metadata"]["metrics"]["acc"].update(descriptive=True), "metrics.acc: a descriptive headline orders nobody"
    ),
    "a measure beside the headline that is not there": (
        lambda c: c["metadata"].update(beside=["nothing"]), "beside: nothing is the headline or none of metrics"
    ),
    "a figure outside the range": (
        lambda c: c["metadata"].update(reference_lines=[{**FIGURE, "value": 75}]),
        r"reference_lines: 75 \(People\) lies outside the range of acc",
    ),
    "a figure without a source": (
        lambda c: c["metadata"].update(reference_lines=[{**FIGURE, "url": "a book"}]),
        r"metadata\.reference_lines\.0\.url: String should match",
    ),
    "an unknown key": (lambda c: c["metadata"].update(colour="red"), r"metadata\.colour: is no key of a manifest"),
    "a missing range": (
        lambda c: c["metadata"]["metrics"]["acc"].pop("range"), r"metadata\.metrics\.acc\.range: Field required"
    ),
    "a range that falls": (
        lambda c: c["metadata"]["metrics"]["acc"].update(range=[1, 0]), r"metadata\.metrics\.acc\.range: the lowest value"
    ),
    "an open range of the headline": (
        lambda c: c["metadata"]["metrics"]["acc"].update(range=[0, None]), r"metrics\.acc: a headline needs both ends"
    ),
    "a headline of no metric": (lambda c: c["metadata"].update(headline="f1"), r"headline: 'f1' is not one of metrics"),
    "an unknown rate": (lambda c: c["metadata"].update(rates=["scored_rate", "lost_rate"]), r"rates: lost_rate is none of"),
    "ranked, and no scored rate": (lambda c: c["metadata"].update(rates=[]), r"rates: a ranked task reports scored_rate"),
    "in the overall order, not ranked": (
        lambda c: c["metadata"].update(ranked=False, overall=True), r"overall: only a ranked task"
    ),
    "a control that there is not": (
        lambda c: c["metadata"].update(controls=["letter-z"]), r"metadata\.controls: there is no control letter-z"
    ),
    "an area that there is not": (lambda c: c["metadata"].update(area="cooking"), r"area: 'cooking' is none of quality"),
    "judged, and no level": (lambda c: c["metadata"].update(judged=True), r"human_ratings: is for judged tasks"),
    "judged, and no rubric": (
        lambda c: (c["metadata"].update(judged=True, human_ratings="nominal"), c.update(judging="FUNCTION task.PLAN")),
        r"judged: rubric\.md is missing",
    ),
    "metrics of a task that there is not": (
        lambda c: c["metadata"].update(metrics_of="nobody"), r"metadata\.metrics_of: there is no other task 'nobody'"
    ),
    "metrics of itself": (lambda c: c["metadata"].update(metrics_of="toy"), r"metrics_of: there is no other task 'toy'"),
    "metrics of a list": (lambda c: c["metadata"].update(metrics_of=["toy"]), r"metrics_of: there is no other task"),
    "a range that is no number": (
        lambda c: c["metadata"]["metrics"]["acc"].update(range=[float("nan"), 1]), r"acc\.range\.0: Input should be a finite"
    ),
    "a range without sense": (
        lambda c: c["metadata"]["metrics"]["acc"].update(range=[-1e308, 1e308]), r"acc\.range: an end may be no larger"
    ),
    "a metric named as a rate": (
        lambda c: c["metadata"]["metrics"].update(judged_rate={"range": [0, 100], "higher_is_better": True}),
        r"metrics: judged_rate is a standard rate",
    ),
    "a group that is a metric": (
        lambda c: (
            c["metadata"]["metrics"]["acc"].update(by=["x"]),
            c["metadata"]["metrics"].update(acc_x={"range": [0, 1], "higher_is_better": True}),
        ),
        r"metrics: acc_x is the name of two metrics",
    ),
    "a metric named as an error": (
        lambda c: c["metadata"]["metrics"].update(acc_stderr={"range": [0, 1], "higher_is_better": True}),
        r"acc_stderr is how lm-eval names a standard error",
    ),
    "a derived score named as a metric": (
        lambda c: c["metadata"].update(derived={"acc": {"method": "questions", "using": "q"}}), r"derived\.acc: is the name"
    ),
    "a derived score of nothing": (
        lambda c: c["metadata"].update(derived={"z": {"method": "length_controlled", "using": "q"}}), r"derived\.z\.using: 'q'"
    ),
    "a control twice": (lambda c: c["metadata"].update(controls=["letter-a", "letter-a"]), r"controls: names letter-a twice"),
    "a version that is none": (lambda c: c["metadata"].update(version=True), r"version: Input should be a valid string"),
    "no name": (lambda c: c.pop("task"), r"task: is missing"),
    "an include that leads back": (lambda c: c.update(include="toy.yaml"), r"include: 'toy.yaml' leads back to this file"),
    "an include that is a list": (lambda c: c.update(include=["x"]), r"include: \['x'\] must be the path of one YAML file"),
    "no metadata": (lambda c: c.pop("metadata"), r"metadata: is missing"),
    "another name": (lambda c: c.update(task="other"), r"task: 'other' must be the name of its folder"),
}  # fmt: skip


@pytest.mark.parametrize(("how", "rule"), WRONG.values(), ids=WRONG)
def test_a_wrong_manifest_names_folder_key_rule_and_next_step(folder: Path, how: Change, rule: str) -> None:
    change(folder, how)
    with pytest.raises(ManifestError, match=rule) as raised:
        catalog()
    assert str(folder) in str(raised.value)
    assert "docs/extend/add-a-task.md" in str(raised.value)


def test_what_is_no_yaml_is_said(folder: Path) -> None:
    (folder / "toy.yaml").write_text("task: [")
    with pytest.raises(ManifestError, match=r"toy\.yaml, line 2: cannot be read as YAML"):
        catalog()


def test_two_tasks_of_one_name_are_refused(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "more" / "toy"
    shutil.copytree(folder, other)
    monkeypatch.setenv("COUNSEL_TASKS", os.pathsep.join([str(folder.parent), str(other.parent)]))
    with pytest.raises(ManifestError, match=f"{folder} holds a task 'toy' too"):
        catalog()


def test_a_folder_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COUNSEL_TASKS", str(tmp_path / "nowhere"))
    with pytest.raises(ManifestError, match=r"COUNSEL_TASKS: .*nowhere: is not there"):
        catalog()


WRONG_AREAS = {
    "no YAML": ("a: [", r"areas\.yml, line 2: cannot be read as YAML"),
    "a number": ("1: One", r"areas\.yml: must map each area's name to its label"),
    "another label": ("quality: Cooking", r"areas\.yml: quality: is an area already"),
}


@pytest.mark.parametrize(("text", "rule"), WRONG_AREAS.values(), ids=WRONG_AREAS)
def test_areas_that_are_wrong_are_refused(folder: Path, text: str, rule: str) -> None:
    (folder.parent / "areas.yml").write_text(text)
    with pytest.raises(ManifestError, match=rule):
        catalog()


def test_a_setting_that_names_another_level_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_TASKS", str(folder))
    with pytest.raises(ManifestError, match="is a task's own folder"):
        catalog()
    monkeypatch.setenv("COUNSEL_TASKS", str(folder / "task.py"))
    with pytest.raises(ManifestError, match="is not a folder"):
        catalog()
    (folder / "toy.yaml").rename(folder / "toy.yml")
    monkeypatch.setenv("COUNSEL_TASKS", str(folder.parent))
    with pytest.raises(ManifestError, match=r"toy\.yaml: is missing"):
        catalog()


BROKEN = {
    "import": ("raise RuntimeError('no luck')\n", r"task\.py: raised RuntimeError on import \(no luck\)"),
    "no items": (
        "{code}\ndef documents(source):\n    return from_file('toy', source, HERE / 'x.jsonl', list)\n", "x.jsonl: cannot"
    ),
    "a metric that the manifest does not name": (
        "{code}\ndef process_results(doc, results):\n    return {{'f1': 1.0}}\n", r"process_results: gives f1, which"
    ),
    "messages out of turn": (
        "{code}\ndef messages(doc):\n    return [[{{'role': 'user', 'content': 'x'}}]]\n", r"messages: of 'move/AB' have the"
    ),
    "scoring that gives nothing": ("{code}\ndef process_results(doc, results):\n    return None\n", "gives None"),
    "scoring that gives words": (
        "{code}\ndef process_results(doc, results):\n    return {{'acc': 'hi'}}\n", r"process_results: gives acc = 'hi'"
    ),
    "a score outside its range": (
        "{code}\ndef process_results(doc, results):\n    return {{'acc': 7.5}}\n", r"process_results: gives acc = 7.5"
    ),
    "documents that are none": ("{code}\ndef documents(source):\n    return None\n", r"custom_dataset: gives None"),
    "an id twice": (
        "{code}\norders_ = orders\ndef orders(row):\n    return [orders_(row)[0]] * 2\n", "two documents with the id 'move/AB'"
    ),
    "a cluster that is none": (
        "{code}\ndocument_ = document\ndef document(*a):\n    return document_(*a) | {{'cluster': None}}\n", "cluster: must be"
    ),
    "items of another bank": (
        "{code}\ndocument_ = document\ndef document(*a):\n    return document_(*a) | {{'dataset': 'x'}}\n", r"dataset: is 'x'"
    ),
    "an end": ("raise SystemExit(0)\n", r"task\.py: raised SystemExit"),
    "scoring that raises": (
        "{code}\ndef process_results(doc, results):\n    return doc['x']\n", r"process_results: raised KeyError"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of a folder for each entry of BROKEN, all checked at once: a check loads lm-eval for a second."""
    tasks = tmp_path_factory.mktemp("broken")
    for number, (code, _) in enumerate(BROKEN.values()):
        file = create(f"toy_{number:02}", tasks) / "task.py"
        file.write_text(code.format(code=file.read_text()) if "{code}" in code else code)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNSEL_TASKS", str(tasks))
        with pytest.raises(TaskFolderError) as raised:
            require_sound(select([f"toy_{number:02}" for number in range(len(BROKEN))]))
    return str(raised.value)


@pytest.mark.parametrize(("number", "rule"), [(number, rule) for number, (_, rule) in enumerate(BROKEN.values())], ids=BROKEN)
def test_code_that_breaks_a_rule_is_one_error_before_anything_is_asked(faults: str, number: int, rule: str) -> None:
    (line,) = [line for line in faults.splitlines() if f"/toy_{number:02}" in line]
    assert re.search(rule, line)
    assert len(faults.splitlines()) == len(BROKEN)
    assert "Traceback" not in faults


def test_a_name_that_cannot_be_and_a_folder_that_is_there(tmp_path: Path) -> None:
    create("toy", tmp_path)
    rules = {"toy": "already exists", "To-y": "lower-case letters", "counsel_stigma": "already the name of a task"}
    for name, rule in rules.items():
        with pytest.raises(TaskFolderError, match=rule):
            create(name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_every_control_fits_a_task_and_has_an_answer() -> None:
    named = {control for info in catalog().values() for control in info.manifest.controls}
    assert named == set(controls()) == set(CONTROLS)


@pytest.mark.slow
def test_every_installed_task_folder_is_right() -> None:
    """As CI and a host see it: each folder of the package, with its own documents and scoring."""
    done = subprocess.run(
        [sys.executable, "-m", "counsel_leaderboard.tasks.check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(catalog())


def test_every_task_folder_has_the_one_shape() -> None:
    for folder in {info.file.parent for info in catalog().values() if include_path() in info.file.parents}:
        assert {f"{folder.name}.yaml", "README.md", "task.py"} <= {path.name for path in folder.iterdir()}
