from __future__ import annotations

import os
import threading
from pathlib import Path

import duckdb
import pytest

from counsel_leaderboard.leaderboard.board.board import scores
from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.leaderboard.store import schema
from counsel_leaderboard.leaderboard.store.database import FILE_NAME, Store, StoreLockedError, StoreVersionError, frame
from counsel_leaderboard.leaderboard.store.ingest import ingest
from tests.support.processes import holding_the_store
from tests.support.run_folders import Item, Task, request, write


def test_a_new_store_has_the_tables_and_the_version(store: Store) -> None:
    with store.reading() as cursor:
        tables = frame(cursor, "SELECT table_name FROM information_schema.tables ORDER BY 1")["table_name"].to_list()
        assert frame(cursor, "SELECT version FROM schema_version").rows() == [(schema.VERSION,)]
    assert tables == [
        *("headline_items", "requests", "retractions", "runs", "schema_version", "scores", "tasks"),
    ]


@pytest.mark.parametrize("versions", [[schema.VERSION + 1], [0], [], [schema.VERSION, 0]])
def test_a_file_of_another_version_is_refused_and_kept(home: Path, versions: list[int]) -> None:
    Store.open(home).close()
    with duckdb.connect(str(home / FILE_NAME)) as connection:
        connection.execute("DELETE FROM schema_version")
        for version in versions:
            connection.execute("INSERT INTO schema_version VALUES (?)", [version])
    before = (home / FILE_NAME).read_bytes()
    with pytest.raises(StoreVersionError, match="counsel rebuild") as caught:
        Store.open(home)
    assert str(home / FILE_NAME) in str(caught.value)
    assert (home / FILE_NAME).read_bytes() == before


def test_a_database_of_someone_else_is_refused(home: Path) -> None:
    home.mkdir()
    with duckdb.connect(str(home / FILE_NAME)) as connection:
        connection.execute("CREATE TABLE accounts (name VARCHAR)")
    with pytest.raises(StoreVersionError, match="counsel rebuild"):
        Store.open(home)


@pytest.mark.parametrize("raw", [b"no database" * 1000, b"\0" * 20_000])
def test_a_file_that_is_no_database_is_refused_and_kept(home: Path, raw: bytes) -> None:
    home.mkdir()
    (home / FILE_NAME).write_bytes(raw)
    with pytest.raises(StoreVersionError, match="counsel rebuild"):
        Store.open(home)
    assert (home / FILE_NAME).read_bytes() == raw


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_file_that_was_cut_off_names_the_rebuild(home: Path, share: float) -> None:
    Store.open(home).close()
    raw = (home / FILE_NAME).read_bytes()
    (home / FILE_NAME).write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(StoreVersionError, match="counsel rebuild"):
        Store.open(home)


def test_damage_that_a_query_meets_names_the_rebuild(home: Path) -> None:
    with (
        Store.open(home) as store,
        pytest.raises(StoreVersionError, match="counsel rebuild"),
        store.reading() as cursor,
    ):
        cursor.execute("SELECT error('Corrupt database file: computed checksum 1 does not match stored checksum 0')")


@pytest.mark.parametrize("table", ["nothing", "serialized_versions"])
def test_a_query_that_fails_otherwise_is_what_it_was(home: Path, table: str) -> None:
    with Store.open(home) as store, pytest.raises(duckdb.CatalogException), store.reading() as cursor:
        cursor.execute(f"SELECT * FROM {table}")


def test_a_file_that_another_process_owns_is_refused_with_its_pid(home: Path) -> None:
    with holding_the_store(home) as owner, pytest.raises(StoreLockedError, match=f"process {owner.pid}"):
        Store.open(home)
    Store.open(home).close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="COUNSEL_HOME"):
        Store.open(tmp_path / "home")


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StorageError, match="COUNSEL_HOME"):
        Store.open(tmp_path / "home")


def test_a_write_that_raises_leaves_nothing_and_the_lock_free(store: Store) -> None:
    def write_half() -> None:
        with store.writing() as cursor:
            cursor.execute("INSERT INTO retractions VALUES ('a', 'why', '2026-01-02')")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        write_half()
    assert store.generation == 0
    with store.writing() as cursor:
        assert frame(cursor, "SELECT * FROM retractions").is_empty()


def test_a_reader_sees_one_state(store: Store) -> None:
    with store.reading() as reader:
        before = frame(reader, "SELECT count(*) AS n FROM retractions").item()
        with store.writing() as cursor:
            cursor.execute("INSERT INTO retractions VALUES ('a', 'why', '2026-01-02')")
        assert frame(reader, "SELECT count(*) AS n FROM retractions").item() == before == 0
    with store.reading() as reader:
        assert frame(reader, "SELECT count(*) AS n FROM retractions").item() == 1
    assert store.generation == 1


def test_a_reader_cannot_write(store: Store) -> None:
    with store.reading() as reader, pytest.raises(duckdb.Error):
        reader.execute("INSERT INTO retractions VALUES ('a', 'why', '2026-01-02')")


def test_many_readers_and_writers_at_once(tmp_path: Path, store: Store) -> None:
    """Each reader sees whole runs: two tasks, or none, of every run."""
    folders = []
    for n in range(4):
        tasks = [Task(name, [Item("a", {"stigma": 1.0, "scored_rate": 1.0})]) for name in ("counsel_stigma", "counsel_other")]
        folders.append(write(tmp_path / str(n), tasks, record=request(tasks, model=f"org/m{n}")))
    counts: list[int] = []
    writers = [threading.Thread(target=ingest, args=(folder, store.home), kwargs={"store": store}) for folder in folders]
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            counts.extend(scores(store, headlines=True).group_by("run_id").len()["len"].to_list())

    readers = [threading.Thread(target=look) for _ in range(2)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert scores(store)["run_id"].n_unique() == 4
    assert set(counts) <= {2}
