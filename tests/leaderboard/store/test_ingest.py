from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.runs import files
from counsel_leaderboard.leaderboard.runs.files import ResultsError, StorageError
from counsel_leaderboard.leaderboard.runs.read import read
from counsel_leaderboard.leaderboard.store import schema
from counsel_leaderboard.leaderboard.store.database import FILE_NAME, Store, frame
from counsel_leaderboard.leaderboard.store.ingest import checked, ingest, ingest_run
from counsel_leaderboard.leaderboard.store.rebuild import catch_up
from tests.support.full_disk import refuse, store_without_space
from tests.support.run_folders import Item, Task, change_results, request, results_of, samples_of, stored_samples, write

ITEMS = [
    Item("v1/q1", {"stigma": 1.0, "scored_rate": 1.0, "dk_rate": 0.0}, cluster="v1", stratum="depression"),
    Item("v1/q2", {"stigma": 0.0, "scored_rate": 1.0, "dk_rate": 0.0}, cluster="v1", stratum="depression"),
    Item("v2/q1", {"scored_rate": 0.0, "dk_rate": 1.0}, cluster="v2", stratum="schizophrenia"),
    Item("v3/q1", {}, cluster="v3", stratum="daily troubles"),
]
TASK = Task("counsel_stigma", ITEMS, extra={"stigma_gap": 0.25})


def rows(store: Store, sql: str) -> list[dict[str, Any]]:
    with store.reading() as cursor:
        return frame(cursor, sql).to_dicts()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_run_becomes_files_and_rows(tmp_path: Path, home: Path) -> None:
    folder = write(tmp_path / "run", [TASK], record=request([TASK]), nested=True)
    report = ingest(folder, home)
    assert (report.new, report.model, report.tasks, report.n_samples) == (True, "org/model", ("counsel_stigma",), 4)
    stored = contents(home / "runs" / report.run_id)
    assert {name: raw for name, raw in stored.items() if name != "request.json"} == contents(folder / "org__model")
    assert stored["request.json"] == (folder / "request.json").read_bytes()
    with Store.open(home) as store:
        (run,) = rows(store, "SELECT run_id, model, self_reported, judge FROM runs")
        assert run == {"run_id": report.run_id, "model": "org/model", "self_reported": False, "judge": None}
        headline, gap = rows(store, "SELECT * FROM scores WHERE metric LIKE 'stigma%' ORDER BY metric")
        # One of two scored items shows stigma; a third was asked and not scored; the fourth is outside the headline.
        expected = {
            "value": 0.5,
            "n_items": 2,
            "n_clusters": 1,
            "n_unscored": 1,
            "n_total": 3,
            "headline": True,
            "combine": "items",
        }
        assert {key: headline[key] for key in expected} == expected
        expected = {"value": 0.25, "n_items": 0, "n_unscored": None, "n_total": None, "headline": False}
        assert {key: gap[key] for key in expected} == expected
        headlines = rows(store, "SELECT item, value FROM headline_items ORDER BY item")
        assert headlines == [{"item": "v1/q1", "value": 1.0}, {"item": "v1/q2", "value": 0.0}, {"item": "v2/q1", "value": None}]


def test_what_lm_eval_adds_of_the_model_arguments_is_not_stored(tmp_path: Path, home: Path) -> None:
    ingest(write(tmp_path / "run", [TASK]), home)
    with Store.open(home) as store:
        (task,) = rows(store, "SELECT settings FROM tasks")
    assert "key@host" not in task["settings"]


def test_ingesting_again_changes_nothing(tmp_path: Path, home: Path) -> None:
    folder = write(tmp_path / "run", [TASK], record=request([TASK]))
    first = ingest(folder, home)
    before = contents(home / "runs")
    again = ingest(folder, home)
    assert (again.run_id, again.new) == (first.run_id, False)
    assert contents(home / "runs") == before
    with Store.open(home) as store:
        assert ingest(home / "runs" / first.run_id, home, store=store).new is False
        for table in ("runs", "tasks"):
            assert len(rows(store, f"SELECT * FROM {table}")) == 1
    assert stored_samples(home).height == 4


def test_a_folder_without_request_is_self_reported(tmp_path: Path, store: Store) -> None:
    judge = {"model": "org/judge", "revision": None, "url_host": "h", "calls": 3}
    task = Task("counsel_psyllm", ITEMS, judged=True, judge=judge)
    report = ingest(write(tmp_path / "run", [task], model="mine"), store.home, store=store)
    assert report.self_reported
    (run,) = rows(store, "SELECT model, self_reported, spec_id, role, engine, judge FROM runs")
    assert run == {
        **{"model": "mine", "self_reported": True, "spec_id": None, "role": "candidate"},
        **{"engine": "local-chat-completions", "judge": "org/judge"},
    }


def test_a_refused_folder_leaves_nothing(tmp_path: Path, home: Path) -> None:
    folder = write(tmp_path / "run", [TASK])
    change_results(folder, lambda value: value["results"]["counsel_stigma"].update({"stigma,none": 0.9}))
    with pytest.raises(ResultsError):
        ingest(folder, home)
    assert not home.exists()


def test_statistics_are_asked_once_and_stored(tmp_path: Path, store: Store) -> None:
    queries: list[tuple[Any, ...]] = []

    def intervals(items: Any, tasks: Any) -> Any:
        queries.append((items.height, tasks.sort("metric").rows()))
        return tasks.select("task", "metric", run_id=pl.lit(items["run_id"][0]), low="lo", high="hi")

    ingest(write(tmp_path / "run", [TASK], record=request([TASK])), store.home, store=store, intervals=intervals)
    # stigma_gap has an aggregation of its own, so it is no mean that has an interval.
    assert queries == [
        (
            2 + 3 + 3 + 1,  # and a null for the item that the headline covers and has no value of
            [
                ("counsel_stigma", "dk_rate", "items", True, 0.0, 1.0),
                ("counsel_stigma", "scored_rate", "items", True, 0.0, 1.0),
                ("counsel_stigma", "stigma", "items", False, 0.0, 1.0),
            ],
        )
    ]
    limits = rows(store, "SELECT metric, low, high FROM scores ORDER BY metric")
    assert {row["metric"]: (row["low"], row["high"]) for row in limits} == {
        **dict.fromkeys(("dk_rate", "scored_rate", "stigma"), (0.0, 1.0)),
        "stigma_gap": (None, None),
    }


def test_a_crash_before_the_rows_is_caught_up_with(tmp_path: Path, home: Path) -> None:
    """The folder stands, its rows do not: what a kill between the two steps leaves."""
    report = ingest(write(tmp_path / "run", [TASK], record=request([TASK])), home)
    (home / "runs" / f"{files.INCOMING}dead").mkdir()
    (home / FILE_NAME).unlink()
    with Store.open(home) as store:
        assert catch_up(store) == [report.run_id]
        assert catch_up(store) == []
        assert len(rows(store, "SELECT * FROM runs")) == 1
    assert [folder.name for folder in (home / "runs").iterdir()] == [report.run_id]


def test_ingesting_what_a_crash_left_stores_its_rows(tmp_path: Path, home: Path) -> None:
    folder = write(tmp_path / "run", [TASK], record=request([TASK]))
    ingest(folder, home)
    (home / FILE_NAME).unlink()
    assert ingest(folder, home).new is True


def test_a_source_that_changes_underneath_is_refused(tmp_path: Path, home: Path) -> None:
    folder = write(tmp_path / "run", [TASK], record=request([TASK]))
    run = checked(read(folder))
    with samples_of(folder).open("a") as file:
        file.write("{}\n")
    with pytest.raises(ResultsError, match="changed while it was read"):
        ingest_run(run, home)
    assert list((home / "runs").iterdir()) == []


# Disk full, at each step: injected, and for real on a small file system.


def stored(home: Path) -> tuple[list[str], dict[str, bytes]]:
    with Store.open(home) as store:
        ids = [row["run_id"] for row in rows(store, "SELECT run_id FROM runs ORDER BY run_id")]
    return ids, contents(home / "runs") | contents(home / "cache")


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_a_disk_that_refuses_leaves_what_was_there(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    ingest(write(tmp_path / "old", [TASK], record=request([TASK])), home)
    before = stored(home)
    refuse(monkeypatch, "fsync", call=call)
    folder = write(tmp_path / "new", [TASK], record=request([TASK], model="org/new"))
    with pytest.raises(StorageError, match="No space left on device"):
        ingest(folder, home)
    assert stored(home) == before
    monkeypatch.undo()
    assert ingest(folder, home).new


def test_rows_that_cannot_be_stored_take_the_files_with_them(tmp_path: Path, home: Path) -> None:
    ingest(write(tmp_path / "old", [TASK], record=request([TASK])), home)
    before = stored(home)
    folder = write(tmp_path / "new", [TASK], record=request([TASK], model="org/new"))
    with store_without_space(home, schema.OF_A_RUN[-1]) as store, pytest.raises(StorageError, match="No space left on device"):
        ingest(folder, home, store=store)
    assert stored(home) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("mounting a small file system needs root and mount(8)")
    completed = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if completed.returncode:
        pytest.skip(f"a small file system could not be mounted: {completed.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("room", [0.5, 1.05], ids=["for half of the files", "for the files and not the rows"])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, small_disk: Path, room: float) -> None:
    home = small_disk / "home"
    ingest(write(tmp_path / "old", [TASK], record=request([TASK])), home)
    before = stored(home)
    texts = Task("counsel_stigma", [Item(f"v{n}", {"stigma": 1.0}, prompt=os.urandom(10_000).hex()) for n in range(100)])
    folder = write(tmp_path / "new", [texts], record=request([texts], model="org/new"))
    size = sum(file.stat().st_size for file in folder.iterdir())
    with Store.open(home) as store:
        filler = small_disk / "filler"
        filler.write_bytes(b"x" * (shutil.disk_usage(home).free - int(size * room)))
        with pytest.raises(StorageError, match="No space left on device"):
            ingest(folder, home, store=store)
        filler.unlink()
        assert len(rows(store, "SELECT * FROM runs")) == 1
    assert stored(home) == before
    assert ingest(folder, home).new
    assert results_of(home / "runs").is_file()


@pytest.mark.parametrize("secrets", [None, {"HF_TOKEN": "hf_planted_secret"}])
def test_a_folder_is_parsed_once(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str] | None
) -> None:
    """Each file is read once to be checked; its copy is streamed and compared with the digest of what was checked."""
    folder = write(tmp_path / "run", [TASK], record=request([TASK]))
    opened: list[Path] = []
    real = Path.read_bytes

    def counted(file: Path) -> bytes:
        opened.append(file)
        return real(file)

    monkeypatch.setattr(Path, "read_bytes", counted)
    assert ingest(folder, home, secrets=secrets).new
    mine = [file for file in opened if folder in file.parents]
    assert sorted(mine) == sorted([file for file in folder.rglob("*") if file.is_file()])
