from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from counsel_leaderboard.leaderboard.board.board import scores
from counsel_leaderboard.leaderboard.runs.files import ResultsError, StorageError
from counsel_leaderboard.leaderboard.store import schema
from counsel_leaderboard.leaderboard.store.database import FILE_NAME, Store, StoreLockedError, frame
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.store.rebuild import rebuild
from counsel_leaderboard.leaderboard.store.retractions import retract
from tests.support.full_disk import refuse
from tests.support.processes import holding_the_store
from tests.support.run_folders import Item, Task, request, stored_samples, write

TASK = Task("counsel_stigma", [Item(f"v{n}", {"stigma": float(n % 2), "scored_rate": 1.0}) for n in range(3)])

READERS = """
import time
from counsel_leaderboard.leaderboard.store.row_process import RowProcess

with RowProcess(str) as process:
    print(process.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def two_runs(tmp_path: Path, home: Path) -> list[str]:
    """A home with two runs, the second of them retracted; their ids."""
    ids = [
        ingest(write(tmp_path / "a", [TASK], record=request([TASK])), home).run_id,
        ingest(write(tmp_path / "b", [TASK]), home).run_id,
    ]
    with Store.open(home) as store:
        retract(store, ids[1], "a mistake")
    return ids


def tables(home: Path) -> dict[str, list[tuple[object, ...]]]:
    with Store.open(home) as store, store.reading() as cursor:
        return {table: frame(cursor, f"SELECT * FROM {table} ORDER BY ALL").rows() for table in schema.TABLES}


@pytest.mark.usefixtures("two_runs")
@pytest.mark.parametrize("spoil", ["keep", "delete", "garble", "another version", "left a log"])
def test_the_same_tables_come_back(home: Path, spoil: str) -> None:
    before = tables(home)
    file = home / FILE_NAME
    match spoil:
        case "delete":
            file.unlink()
        case "garble":
            file.write_bytes(b"garbled" * 1000)
        case "another version":
            with duckdb.connect(str(file)) as connection:
                connection.execute("UPDATE schema_version SET version = 0")
        case "left a log":
            file.unlink()
            file.with_name(f"{FILE_NAME}.wal").write_bytes(b"of a file that is gone")
    report = rebuild(home)
    assert (report.runs, report.retractions) == (2, 1)
    assert tables(home) == before
    assert sorted(path.name for path in home.iterdir()) == ["cache", FILE_NAME, "retractions.jsonl", "runs"]


def test_an_empty_home_gives_an_empty_store(home: Path) -> None:
    home.mkdir()
    assert rebuild(home).runs == 0
    assert tables(home)["schema_version"] == [(schema.VERSION,)]


@pytest.mark.usefixtures("two_runs")
def test_progress_is_told(home: Path) -> None:
    progress: list[tuple[int, int]] = []
    rebuild(home, progress=lambda done, total: progress.append((done, total)))
    assert progress == [(1, 2), (2, 2)]


@pytest.mark.slow
def test_processes_read_what_one_would(tmp_path: Path, home: Path) -> None:
    """Sixteen folders, enough for two processes; their documents overlap, and one more of them was edited."""
    for number in range(16):
        items = [Item(f"v{n}", {"stigma": float(n % 2)}, prompt=f"p{n}") for n in range(number, number + 3)]
        task = Task("counsel_stigma", items)
        ingest(write(tmp_path / str(number), [task], record=request([task], model=f"org/{number}")), home)
    before = tables(home)
    written = stored_samples(home).sort("run_id", "position")
    assert written.height == 48
    shutil.rmtree(home / "cache")
    assert rebuild(home).runs == 16
    assert tables(home) == before
    assert stored_samples(home).sort("run_id", "position").equals(written)
    edited = sorted((home / "runs").iterdir())[7]
    (edited / "request.json").write_text((edited / "request.json").read_text() + "\n")
    with pytest.raises(ResultsError, match="changed since they were stored"):
        rebuild(home)
    assert tables(home) == before


@pytest.mark.usefixtures("two_runs")
def test_a_file_in_use_is_not_replaced(home: Path) -> None:
    before = tables(home)
    with holding_the_store(home) as owner, pytest.raises(StoreLockedError, match=f"process {owner.pid}"):
        rebuild(home)
    assert tables(home) == before


def test_a_run_that_was_edited_is_named(home: Path, two_runs: list[str]) -> None:
    before = tables(home)
    with (home / "runs" / two_runs[0] / "request.json").open("a") as file:
        file.write("\n")
    with pytest.raises(ResultsError, match="changed since they were stored") as caught:
        rebuild(home)
    assert str(home / "runs" / two_runs[0]) in str(caught.value)
    assert tables(home) == before


@pytest.mark.usefixtures("two_runs")
def test_a_disk_that_refuses_leaves_the_old_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables(home)
    refuse(monkeypatch, "replace", where=lambda _, target: Path(target) == home / FILE_NAME)
    with pytest.raises(StorageError, match="No space left on device"):
        rebuild(home)
    monkeypatch.undo()
    assert tables(home) == before
    assert not [path for path in home.iterdir() if str(os.getpid()) in path.name]


def test_a_retracted_run_stays_retracted(home: Path, two_runs: list[str]) -> None:
    rebuild(home)
    with Store.open(home) as store:
        assert scores(store)["run_id"].unique().to_list() == [two_runs[0]]


def test_no_reader_outlives_a_rebuild_that_was_killed(tmp_path):
    """A pool's process that waits for work hears nothing of it: left alone it would wait for ever."""
    script = tmp_path / "readers.py"
    script.write_text(READERS, encoding="utf-8")
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        reader = Path("/proc", parent.stdout.readline().strip())
        assert reader.exists()
        parent.kill()
    for _ in range(100):
        if not reader.exists() or "\nState:\tZ" in (reader / "status").read_text(encoding="utf-8"):
            return
        time.sleep(0.1)
    raise AssertionError("the reader is still there")
