"""The arrows between the five packages, and what the commands may say of themselves."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest

from tests.support.paths import ROOT


def test_arrows_point_one_way() -> None:
    """The contracts in pyproject.toml hold; import-linter names the import that breaks one."""
    outcome = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout


def test_leaderboard_imports_nothing_heavy() -> None:
    """The store and the board work where no harness, engine or page is installed."""
    files = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "leaderboard").rglob("*.py") if path.stem != "__init__"]
    modules = sorted(".".join(("counsel_leaderboard", *path.parts)) for path in files)
    program = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"lm_eval", "vllm", "ray", "gradio", "torch"} & set(loaded)


@pytest.mark.parametrize("point", entry_points(group="counsel.commands"), ids=lambda point: point.name)
def test_every_verb_loads_and_says_what_it_does(point) -> None:
    """An entry point that leads nowhere would only show when somebody types the verb."""
    command = point.load()
    assert isinstance(command, click.Command)
    assert command.help


def test_readme_commands_are_the_ones_that_ci_runs() -> None:
    """`.ci/run` takes its commands from the README by these markers."""
    readme = (ROOT / "README.md").read_text()
    assert readme.count("<!-- command: demo -->") == 1
    assert readme.count("<!-- command: tests -->") == 1
    assert "pytest" in readme.split("<!-- command: tests -->")[1].split("```")[1]
