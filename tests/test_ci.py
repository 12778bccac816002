"""The table of CI's stages: every file has its place there, and only what changed is due."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from tests.support.paths import ROOT

if not (ROOT / ".git").exists():
    pytest.skip("not a clone: what the repository holds is not known here", allow_module_level=True)


def _stages():
    spec = spec_from_file_location("ci_stages", ROOT / ".ci" / "stages.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


stages = _stages()
ALWAYS, ON_CHANGE = stages.table()


def git(folder: Path, *arguments: str, date: int = 1_800_000_000) -> str:
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    dates = {"GIT_AUTHOR_DATE": f"{date} +0000", "GIT_COMMITTER_DATE": f"{date} +0000"}
    return subprocess.run(
        ["git", *arguments], cwd=folder, env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **identity, **dates},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def files() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listing.split("\0") if name]


def test_every_file_has_a_stage() -> None:
    paths = [*ALWAYS, *(path for each in ON_CHANGE.values() for path in each)]
    assert [file for file in files() if not any(stages.covers(path, file) for path in paths)] == []


@pytest.mark.parametrize("stage", ON_CHANGE)
def test_every_path_of_a_stage_leads_to_a_file(stage: str) -> None:
    known = files()
    assert [path for path in ON_CHANGE[stage] if not any(stages.covers(path, file) for file in known)] == []


def test_the_stages_that_the_script_asks_for_are_those_of_the_table_and_the_markers() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    stages = [line.split()[2] for line in script.splitlines() if line.startswith("if stage_if_due")]
    assert sorted(stages) == sorted(ON_CHANGE)
    for stage in set(stages) - {"python"}:  # the default tests, which have no marker
        assert f"-m {stage}" in script


@pytest.mark.parametrize(
    ("path", "file", "covered"),
    [
        ("tasks/", "tasks/common/chat.py", True),
        ("tasks/", "tasks_more/chat.py", False),
        ("runners/ray_*.py", "runners/ray_task.py", True),
        ("runners/ray_*.py", "runners/ray_/task.py", False),
        ("pyproject.toml", "pyproject.toml", True),
        ("pyproject.toml", "docs/pyproject.toml", False),
    ],
)
def test_what_a_path_stands_for(path: str, file: str, covered: bool) -> None:
    assert stages.covers(path, file) is covered


def test_only_changes_of_the_last_day_of_commits_count(tmp_path: Path) -> None:
    """Each commit adds a file, renames one, or removes one; hours before the last commit in the names."""
    git(tmp_path, "init", "-q")
    last = 1_800_000_000
    for hours, name in ((72, "long_ago"), (25, "yesterday"), (23, "with space"), (0, "ä")):
        (tmp_path / name).write_text(name)
        if name == "ä":
            (tmp_path / "long_ago").unlink()
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", name, date=last - hours * 3600)
    assert stages.changed(tmp_path) == {"with space", "ä", "long_ago"}


def test_a_stage_is_due_where_its_paths_changed_or_all_are_asked_for() -> None:
    assert stages.reason("ray", ["docs/README.md"], {}) is None
    assert stages.reason("ray", ["runners/ray/task.py"], {}) == "runners/ray/task.py changed"
    assert stages.reason("ray", ["runners/ray/task.py", "pyproject.toml"], {}) == "pyproject.toml changed, and 1 more"
    assert stages.reason("ray", [], {"COUNSEL_CI": "all"}) == "COUNSEL_CI=all"
    with pytest.raises(KeyError):
        stages.reason("rai", [], {})


def test_the_script_says_in_one_line_that_a_stage_does_not_run(tmp_path: Path) -> None:
    """A clone whose one commit of the day touches the README alone."""
    git(tmp_path, "init", "-q")
    for name in (".ci/stages.py", ".ci/stages.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "old", date=1_700_000_000)
    (tmp_path / "README.md").write_text("new")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "new")
    completed = subprocess.run(
        [sys.executable, ".ci/stages.py", "vllm"], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert (completed.returncode, completed.stdout.count("\n"), completed.stdout.startswith("Not run: ")) == (1, 1, True), (
        completed
    )
    for stage, environment in (
        ("vlllm", {"PATH": "/usr/bin:/bin"}),
        ("vllm", {"PATH": "/usr/bin:/bin", "GIT_DIR": "/nowhere"}),
    ):
        broken = subprocess.run([sys.executable, ".ci/stages.py", stage], cwd=tmp_path, env=environment, capture_output=True)
        assert broken.returncode == 2  # and not as if nothing had changed
