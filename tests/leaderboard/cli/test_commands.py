from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from counsel_leaderboard.leaderboard.board.board import COLUMNS, scores
from counsel_leaderboard.leaderboard.cli.main import cli
from counsel_leaderboard.leaderboard.exchange.board_text import board_text
from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.leaderboard.store.database import FILE_NAME, Store
from tests.support.run_folders import Item, Task, request, write

TASK = Task("counsel_stigma", [Item(f"v{n}", {"stigma": float(n % 2), "scored_rate": 1.0}) for n in range(4)])
PART = Task("counsel_stigma", TASK.items[:3], full=4, eligible=4)


@pytest.fixture
def counsel(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COUNSEL_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "200")  # a table that has room is not folded

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], catch_exceptions=False)

    return call


def folder(tmp_path: Path, model: str = "org/model", task: Task = TASK, **changes: object) -> Path:
    return write(tmp_path / model.replace("/", "_"), [task], record=request([task], model=model, **changes), model=model)


def test_ingest_says_what_it_did(tmp_path: Path, counsel) -> None:
    first = counsel("ingest", folder(tmp_path))
    assert first.exit_code == 0
    assert "stored: org/model, 4 samples of counsel_stigma" in first.output
    assert "was stored already" in counsel("ingest", folder(tmp_path)).output
    assert "self-reported" in counsel("ingest", write(tmp_path / "own", [TASK])).output


def test_the_table_shows_direction_denominator_and_reason(tmp_path: Path, counsel) -> None:
    counsel("ingest", folder(tmp_path, "org/full"))
    counsel("ingest", write(tmp_path / "part", [PART], record=request([PART], model="org/part", limit=3), limit=3))
    shown = counsel("board").output
    assert "counsel_stigma: stigma ↓ lower is better" in shown
    (full,) = [line for line in shown.splitlines() if "org/full" in line]
    (part,) = [line for line in shown.splitlines() if "org/part" in line]
    assert "0.5000 " in full
    assert "4 of 4" in full
    # One of three is stigma: 1/3, marked as a sample, over the bank's four items.
    assert "0.3333*" in part
    assert "3 of 4" in part
    assert part.split()[-1] == "1"
    assert "[1] not ranked: a sample: 3 of 4 questions tried" in shown


def test_a_higher_is_better_task_is_marked_and_sorted_so(tmp_path: Path, store: Store) -> None:
    from counsel_leaderboard.leaderboard.store.ingest import ingest

    for value, model in ((0.2, "org/low"), (0.8, "org/high")):
        task = Task("counsel_x", [Item("a", {"quality": value, "scored_rate": 1.0})], headline="quality", higher_is_better=True)
        ingest(folder(tmp_path, model, task), store.home, store=store)
    shown = board_text(scores(store))
    assert "↑ higher is better" in shown
    assert shown.index("org/high") < shown.index("org/low")


def test_markup_and_html_in_a_name_are_text(tmp_path: Path, counsel) -> None:
    counsel("ingest", folder(tmp_path, "[red]<b>x</b>[/red]"))
    (line,) = [line for line in counsel("board").output.splitlines() if "[red]<b>x</b>[/red]" in line]
    assert "0.5000 " in line


def test_every_format_says_the_same(tmp_path: Path, home: Path, counsel) -> None:
    counsel("ingest", folder(tmp_path))
    with Store.open(home) as store:
        expected = scores(store)
    records = json.loads(counsel("board", "--format", "json").output)
    plain = json.loads(expected.write_json())
    assert records == [{**row, "unranked_reasons": list(map(json.loads, row["unranked_reasons"]))} for row in plain]
    assert list(records[0]) == list(COLUMNS)
    assert records[0]["tier"] is None
    table = pl.read_csv(counsel("board", "--format", "csv").output.encode())
    assert table.columns == list(COLUMNS)
    assert table["value"].to_list() == expected["value"].to_list()
    assert list(map(json.loads, table["unranked_reasons"])) == [row["unranked_reasons"] for row in records]
    file = tmp_path / "board.parquet"
    assert counsel("board", "--format", "parquet", "--output", file).output == ""
    assert pl.read_parquet(file).equals(expected)
    assert pl.read_parquet(io.BytesIO(counsel("board", "--format", "parquet").stdout_bytes)).equals(expected)


def test_the_source_is_chosen(tmp_path: Path, counsel) -> None:
    counsel("ingest", folder(tmp_path))
    assert json.loads(counsel("board", "--format", "json", "--source", "upstream").output) == []
    assert counsel("board", "--source", "both").exit_code == 2


def test_an_empty_board_says_what_to_do(counsel) -> None:
    output = counsel("board").output
    assert "counsel demo" in output
    assert "stigma" not in output


def test_a_missing_value_is_missing(tmp_path: Path, counsel) -> None:
    counsel("ingest", folder(tmp_path, task=Task("counsel_stigma", [Item("a", {"scored_rate": 0.0})])))
    shown = counsel("board").output
    (line,) = [line for line in shown.splitlines() if "org/model" in line]
    assert "missing" in line
    assert "[1] not ranked: nothing was scored" in shown
    assert not re.search(r"\b[01]\.\d", line)


def test_retract_and_rebuild(tmp_path: Path, home: Path, counsel) -> None:
    run_id = counsel("ingest", folder(tmp_path)).output.split()[0]
    assert f"{run_id} retracted: wrong weights" in counsel("retract", run_id, "--reason", "wrong weights").output
    (home / FILE_NAME).write_bytes(b"broken" * 1000)
    rebuilt = counsel("rebuild")
    assert "runs: 1, retractions: 1" in rebuilt.output
    assert json.loads(counsel("board", "--format", "json").output) == []
    assert counsel("retract", run_id).exit_code == 2


def test_an_output_that_cannot_be_written_keeps_what_was_there(tmp_path: Path, home: Path, counsel) -> None:
    old = tmp_path / "old"
    old.write_text("old")
    with pytest.raises(StorageError, match="--output"):
        counsel("board", "--output", old / "file")
    assert old.read_text() == "old"
    assert counsel("board", "--format", "json", "--output", old).exit_code == 0
    assert old.read_bytes().strip() == b"[]"
    assert {file.name for file in tmp_path.iterdir()} == {"old", home.name}


def test_an_error_is_one_message_and_exit_code_1(tmp_path: Path, home: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from counsel_leaderboard.leaderboard.cli.main import main; main()",
        "ingest",
        str(tmp_path / "nothing"),
    ]
    result = subprocess.run(command, env={**os.environ, "COUNSEL_HOME": str(home)}, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"counsel: {tmp_path / 'nothing'}: there is no such folder.")
    assert len(result.stderr.splitlines()) == 1
    assert not home.exists()
