"""A run's Parquet files: checked when they are read, derived anew where they are not as they were written."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.board.board import items
from counsel_leaderboard.leaderboard.board.transcripts import samples
from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.leaderboard.runs.read import read
from counsel_leaderboard.leaderboard.store import queries, run_parquet, run_tables, schema
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.store.rebuild import catch_up
from counsel_leaderboard.registry.common import atomic
from tests.support.full_disk import store_without_space
from tests.support.run_folders import Item, Task, request, write

TASK = Task(
    "counsel_stigma",
    [Item(f"v{n}", {"stigma": n / 4, "scored_rate": 1.0}, stratum=f"s{n % 2}", prompt=f"Prompt {n}.") for n in range(4)],
)


@pytest.fixture
def run_id(tmp_path: Path, store: Store) -> str:
    return ingest(write(tmp_path / "run", [TASK], record=request([TASK])), store.home, store=store).run_id


def shown(store: Store, run_id: str) -> tuple[Any, ...]:
    """What readers get out of the Parquet files."""
    every, _ = items(store, [run_id], headlines=False)
    return samples(store, run_id, order="worst"), queries.strata(store, run_id).rows(), every.sort("metric", "item").rows()


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])


def change_a_byte(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


def of_another_version(file: Path) -> None:
    checksums = json.loads(file.with_name(run_parquet.CHECKSUMS).read_text())
    file.with_name(run_parquet.CHECKSUMS).write_text(json.dumps({**checksums, "version": checksums["version"] - 1}))
    truncate(file)


def put_the_other_in_its_place(file: Path) -> None:
    shutil.copy(file.with_name("samples.parquet" if file.stem == "items" else "items.parquet"), file)


SPOILED: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "folder gone": lambda file: shutil.rmtree(file.parent),
    "truncated": truncate,
    "a byte changed": change_a_byte,
    "empty": lambda file: file.write_bytes(b""),
    "another file in its place": put_the_other_in_its_place,
    "no checksums, another file": lambda file: (file.with_name(run_parquet.CHECKSUMS).unlink(), truncate(file)),
    "a checksums that is none": lambda file: (file.with_name(run_parquet.CHECKSUMS).write_text("{"), truncate(file)),
    "of another version": of_another_version,
}


@pytest.mark.parametrize("spoil", SPOILED)
@pytest.mark.parametrize("table", ["samples", "items"])
def test_a_file_that_is_not_as_it_was_written_is_derived_anew(store: Store, run_id: str, spoil: str, table: str) -> None:
    """By a process that has read it before."""
    file = run_parquet.file_of(store.home, run_id, table)
    before, files = shown(store, run_id), contents(file.parent)
    SPOILED[spoil](file)
    assert shown(store, run_id) == before
    assert contents(file.parent) == files


@pytest.mark.parametrize("table", ["samples", pytest.param("items", marks=pytest.mark.slow)])
def test_bytes_that_change_under_the_same_size_time_and_inode_are_noticed(store: Store, run_id: str, table: str) -> None:
    """As a disk that rots changes them, anywhere in the file: its ends, its rows and its description of them."""
    file = run_parquet.file_of(store.home, run_id, table)
    before, files, size = shown(store, run_id), contents(file.parent), file.stat().st_size
    for offset in (0, 5, *range(60, size, size // 6), size - 6, size - 1):
        status = file.stat()
        with file.open("r+b") as opened:
            opened.seek(offset)
            byte = opened.read(1)[0]
            opened.seek(offset)
            opened.write(bytes([byte ^ 0x10]))
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        changed = file.stat()
        assert (changed.st_size, changed.st_mtime_ns, changed.st_ino) == (status.st_size, status.st_mtime_ns, status.st_ino)
        assert shown(store, run_id) == before  # from memory, which a disk cannot change
        run_parquet.forget()
        assert shown(store, run_id) == before
        assert contents(file.parent) == files


@pytest.mark.slow
def test_readers_get_their_rows_while_the_files_are_deleted_and_exchanged(store: Store, run_id: str) -> None:
    before = shown(store, run_id)
    folder = run_parquet.folder_of(store.home, run_id)
    answers: list[tuple[Any, ...]] = []
    ended = threading.Event()

    def read_often() -> None:
        answers.extend(shown(store, run_id) for _ in range(6))

    def spoil_often() -> None:
        while not ended.is_set():
            for table in ("samples", "items"):
                (folder / f"{table}.parquet").unlink(missing_ok=True)
            atomic.write(folder / "samples.parquet", b"PAR1 of somebody else PAR1")

    spoiler = threading.Thread(target=spoil_often)
    readers = [threading.Thread(target=read_often) for _ in range(3)]
    for thread in (spoiler, *readers):
        thread.start()
    for thread in readers:
        thread.join()
    ended.set()
    spoiler.join()
    assert answers == [before] * 18
    assert shown(store, run_id) == before


def folder_in_its_place(file: Path) -> Path:
    file.unlink()
    file.mkdir()
    return file


def file_in_place_of_its_folder(file: Path) -> Path:
    shutil.rmtree(file.parent)
    file.parent.write_text("")
    return file.parent


def file_in_place_of_cache(file: Path) -> Path:
    shutil.rmtree(file.parent.parent)
    file.parent.parent.write_text("")
    return file.parent.parent


@pytest.mark.parametrize("put", [folder_in_its_place, file_in_place_of_its_folder, file_in_place_of_cache])
def test_what_lies_in_the_way_is_named(store: Store, run_id: str, put: Callable[[Path], Path]) -> None:
    before = shown(store, run_id)
    obstacle = put(run_parquet.file_of(store.home, run_id, "samples"))
    kind = "folder" if obstacle.is_dir() else "file"
    with pytest.raises(StorageError) as caught:
        samples(store, run_id)
    assert f" {obstacle} is a {kind} and blocks the path: remove it, then try again." in str(caught.value)
    obstacle.rmdir() if obstacle.is_dir() else obstacle.unlink()
    assert shown(store, run_id) == before


def test_without_its_run_folder_the_file_is_named(store: Store, run_id: str) -> None:
    shutil.move(store.runs / run_id, store.home / "elsewhere")
    assert samples(store, run_id).total == 4
    file = run_parquet.file_of(store.home, run_id, "samples")
    file.unlink()
    with pytest.raises(StorageError, match="is missing or changed, and the run folder") as caught:
        samples(store, run_id)
    assert str(file) in str(caught.value)
    assert f"Restore {store.runs / run_id} from a backup" in str(caught.value)
    shutil.move(store.home / "elsewhere", store.runs / run_id)
    assert samples(store, run_id).total == 4


def test_an_edited_run_folder_is_not_read_in_its_place(store: Store, run_id: str) -> None:
    record = store.runs / run_id / "request.json"
    record.write_text(record.read_text() + "\n")
    run_parquet.remove(store.home, run_id)
    with pytest.raises(StorageError, match="changed since they were stored"):
        queries.strata(store, run_id)
    assert not run_parquet.folder_of(store.home, run_id).exists()


def test_many_readers_derive_one_file(store: Store, run_id: str) -> None:
    before, files = shown(store, run_id), contents(run_parquet.folder_of(store.home, run_id))
    run_parquet.remove(store.home, run_id)
    answers: list[tuple[Any, ...]] = []
    threads = [threading.Thread(target=lambda: answers.append(shown(store, run_id))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [before] * 8
    assert contents(run_parquet.folder_of(store.home, run_id)) == files


def test_a_run_that_is_not_stored_has_no_files(store: Store, run_id: str) -> None:
    """Neither does a name that leads out of the folder, nor one whose files a crash left."""
    shutil.copytree(run_parquet.folder_of(store.home, run_id), run_parquet.folder_of(store.home, "0000000000000000"))
    for name in ("0000000000000000", f"../cache/{run_id}", "*", ""):
        assert run_tables.read(store, "samples", name) is None
        assert samples(store, name).total == 0
        assert queries.strata(store, name).is_empty()


def test_leftovers_are_removed_at_the_start(store: Store, run_id: str) -> None:
    folder = run_parquet.folder_of(store.home, run_id)
    before = contents(folder)
    shutil.copytree(folder, run_parquet.folder_of(store.home, "0000000000000000"))
    (folder / f"{atomic.PARTIAL}123").write_bytes(b"half of i")
    catch_up(store)
    assert [entry.name for entry in folder.parent.iterdir()] == [run_id]
    assert contents(folder) == before


def test_a_disk_that_refuses_the_files_stores_nothing(tmp_path: Path, store: Store) -> None:
    folder = write(tmp_path / "run", [TASK], record=request([TASK]))
    run_parquet.file_of(store.home, read(folder).run_id, "samples").mkdir(parents=True)
    with pytest.raises(StorageError, match="could not be written"):
        ingest(folder, store.home, store=store)
    assert list(store.runs.iterdir()) == list((store.home / run_parquet.FOLDER).iterdir()) == []
    assert ingest(folder, store.home, store=store).new


def test_rows_that_are_refused_take_the_files_with_them(tmp_path: Path, home: Path) -> None:
    with store_without_space(home, schema.OF_A_RUN[0]) as store, pytest.raises(StorageError, match="No space left on device"):
        ingest(write(tmp_path / "run", [TASK], record=request([TASK])), store.home, store=store)
    assert list(store.runs.iterdir()) == list((store.home / run_parquet.FOLDER).iterdir()) == []


def test_a_home_may_have_a_name_that_is_a_pattern(tmp_path: Path) -> None:
    home = tmp_path / "a[b]*"
    with Store.open(home) as store:
        run_id = ingest(write(tmp_path / "run", [TASK], record=request([TASK])), home, store=store).run_id
        assert samples(store, run_id).total == 4
