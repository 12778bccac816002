"""What the terminal shows: one line a model at 80 columns, whole sentences, suggestions, completion."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from counsel_leaderboard.leaderboard.cli.main import cli
from counsel_leaderboard.leaderboard.cli.store_commands import UnknownJudgeError
from counsel_leaderboard.registry.manifests import catalog
from docs.generate.command_line import commands
from tests.support.run_folders import Item, Task, request, write

LONG = "a-workshop-of-models/An-Unnamed-Counsel-Model-with-a-very-long-name"
JUDGE = {"model": "arbiter-32b", "url_host": "127.0.0.1", "revision": "b" * 40}


@pytest.fixture
def counsel(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COUNSEL_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)

    return call


def stored(counsel, tmp_path: Path, model: str, **changes: object) -> None:
    items = [Item(f"v{number:03d}", {"stigma": float(number % 4 == 0), "scored_rate": 1.0}) for number in range(648)]
    name = "counsel_response" if changes.get("judge") else "counsel_stigma"
    task = replace(Task(name, items), judged=bool(changes.get("judge")), judge=changes.get("judge"))
    folder = write(tmp_path / model.replace("/", "_"), [task], record=request([task], model=model, **changes), model=model)
    assert counsel("ingest", folder).exit_code == 0


def test_at_80_columns_a_model_has_one_line_and_the_reasons_are_notes(tmp_path: Path, counsel) -> None:
    for model in (f"{LONG}-1", f"{LONG}-2", "org/short"):
        stored(counsel, tmp_path, model, role="control" if model == "org/short" else "candidate")
    lines = counsel("board").output.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line for line in lines if "648 of 648" in line]
    # The ends of long names distinguish them, and one reason of two models has one number.
    assert [(row.split()[0][-2:], row.split()[-1]) for row in rows] == [("-1", "1"), ("-2", "1"), ("rt", "2")]
    text = " ".join(lines)
    assert "[1] not ranked: not better than the control org/short" in text
    assert "[2] not ranked: a scripted control, which is" in text


def test_a_judge_of_itself_is_said(tmp_path: Path, counsel) -> None:
    stored(counsel, tmp_path, "org/arbiter-32b", judge=JUDGE)
    assert "judged by arbiter-32b: the model judged itself" in " ".join(counsel("board").output.split())


def test_an_unknown_judge_is_refused_with_those_that_are_known(tmp_path: Path, counsel) -> None:
    with pytest.raises(UnknownJudgeError, match="No run here was judged"):
        counsel("board", "--judge", "nobody")
    stored(counsel, tmp_path, "org/model", judge=JUDGE)
    with pytest.raises(UnknownJudgeError, match=f"judged no run of this suite. Judges here: arbiter-32b@{'b' * 40}"):
        counsel("board", "--judge", "arbiter")
    assert counsel("board", "--judge", "arbiter-32b").exit_code == 0
    assert counsel("board", "--judge", f"arbiter-32b@{'b' * 40}").exit_code == 0


@pytest.mark.parametrize(
    ("typed", "meant"), [(["boardd"], "board"), (["tasks", "chek"], "check"), (["skills", "scor"], "score")]
)
def test_a_mistyped_command_is_answered_with_what_it_may_mean(counsel, typed: list[str], meant: str) -> None:
    result = counsel(*typed)
    assert result.exit_code == 2
    assert f"Did you mean '{meant}'?" in result.output


def test_no_sentence_of_a_help_is_cut_off() -> None:
    groups = [context for context in commands() if isinstance(context.command, click.Group)]
    assert len(groups) > 5
    for context in groups:
        lines = context.get_help().split("Commands:")[1].splitlines()
        assert not [line for line in lines if line.endswith("...")], context.command_path


@pytest.mark.parametrize(
    ("before", "incomplete", "offered"),
    [
        ([], "boa", ["board"]),
        (["eval", "--tasks"], "counsel_stigma,counsel_stig", ["counsel_stigma,counsel_stigma_plain"]),
        (["tasks", "check"], "counsel_stigma_", ["counsel_stigma_plain"]),
        (["eval"], "smol", ["smollm2-135m"]),
        (["eval"], "control/ech", ["control/echo"]),
        (["data", "show"], "open-stig", ["open-stigma"]),
    ],
)
def test_names_are_completed(before: list[str], incomplete: str, offered: list[str]) -> None:
    assert "counsel_stigma_plain" in catalog()
    completions = ShellComplete(cli, {}, "counsel", "_COUNSEL_COMPLETE").get_completions(before, incomplete)
    assert [each.value for each in completions] == offered


def test_parquet_is_not_written_to_a_terminal(home: Path) -> None:
    mine, its = pty.openpty()
    script = "from counsel_leaderboard.leaderboard.cli.main import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", script, "board", "--format", "parquet"],
        env={**os.environ, "COUNSEL_HOME": str(home)}, stdout=its, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(its)
    os.close(mine)
    assert result.returncode == 2
    assert "Parquet is no text for a terminal: give --output FILE" in result.stderr
