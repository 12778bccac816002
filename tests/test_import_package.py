"""Our five folders are importable under one name alone, so a user's own package `tasks` is nobody's business of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.stand_in_server import standing_in

GENERIC = ("leaderboard", "registry", "runners", "space", "tasks")
COUNSEL = [sys.executable, "-c", "from counsel_leaderboard.leaderboard.cli.main import main; main()"]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder with packages of our folders' names, each of which raises when it is imported."""
    for name in GENERIC:
        package = tmp_path / "hostile" / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(f"raise ImportError('the package {name} of somebody else')\n")
    return tmp_path / "hostile"


def run(command: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("on_the_path", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_somebody_elses_packages_are_not_met(hostile: Path, on_the_path: bool) -> None:
    """The folder is the current one, which comes first, and is named by $PYTHONPATH too."""
    environment = {"PYTHONPATH": str(hostile)} if on_the_path else {}
    folder = Path(run([*COUNSEL, "tasks"], hostile, **environment).strip())
    assert folder.parts[-2:] == ("counsel_leaderboard", "tasks")
    assert hostile not in folder.parents


@pytest.mark.slow
@pytest.mark.parametrize("on_the_path", [True, False])
def test_nor_where_a_task_is_checked(hostile: Path, on_the_path: bool) -> None:
    environment = {"PYTHONPATH": str(hostile)} if on_the_path else {}
    checked = run([*COUNSEL, "tasks", "check", "counsel_stigma"], hostile, **environment)
    assert checked.startswith("counsel_stigma ")


@pytest.mark.slow
def test_plain_lm_eval_finds_our_tasks_from_a_hostile_folder(hostile: Path, tmp_path: Path) -> None:
    """`python -m lm_eval` puts the current folder first on the path of imports; the file of `--config` needs no other flag."""
    home = {"COUNSEL_CACHE": str(tmp_path / "cache"), "COUNSEL_JUDGE": "none", "HF_HUB_OFFLINE": "1"}
    config = run([*COUNSEL, "tasks", "--config"], hostile, **home).strip()
    out = tmp_path / "out"
    command = [sys.executable, "-m", "lm_eval", "run", "--config", config, "--limit", "2", "--output_path", str(out)]
    with standing_in() as serve:
        url = serve(lambda _payload: "A", models=["m"]).url
        model = ["--model", "local-chat-completions", "--model_args", f"model=m,base_url={url}/v1/chat/completions"]
        run([*command, *model, "--tasks", "counsel_stigma,counsel_response"], hostile, **home, OPENAI_API_KEY="none")
    (results,) = out.rglob("results_*.json")
    assert set(json.loads(results.read_text())["configs"]) == {"counsel_stigma", "counsel_response"}
    assert list(out.rglob("samples_counsel_stigma_*.jsonl"))


@pytest.mark.slow
def test_the_wheel_holds_one_package_and_works_beside_hostile_ones(hostile: Path, tmp_path: Path) -> None:
    run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(tmp_path), str(ROOT)], tmp_path)
    (wheel,) = tmp_path.glob("counsel_leaderboard-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        archive.extractall(tmp_path / "installed")
    assert {top for top in tops if not top.endswith(".dist-info")} == {"counsel_leaderboard"}
    paths = os.pathsep.join([str(tmp_path / "installed"), str(hostile)])
    folder = run([sys.executable, "-P", *COUNSEL[1:], "tasks"], hostile, PYTHONPATH=paths).strip()
    assert folder == str(tmp_path / "installed" / "counsel_leaderboard" / "tasks")
    assert "counsel_stigma " in run(
        [sys.executable, "-P", *COUNSEL[1:], "tasks", "check", "counsel_stigma"], hostile, PYTHONPATH=paths
    )
