"""The DuckDB file: opened by one process, read through cursors, written by one writer at a time."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import polars as pl

from counsel_leaderboard.leaderboard.runs.files import StorageError, refused
from counsel_leaderboard.leaderboard.store import schema
from counsel_leaderboard.registry.common.errors import CounselError

FILE_NAME = "counsel.duckdb"
# By default DuckDB takes most of the machine's memory, which engines, judges and the pages share; above this limit it uses the
# disk. A checkpoint of a large file takes seconds: at DuckDB's default of 16 MB every fourth run of 2,700 samples would wait.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "1GB", "checkpoint_threshold": "128MB"}
# A failed write raises one of the first two inside a transaction, and one of the others at its end.
DISK_ERRORS = (OSError, duckdb.IOException, duckdb.TransactionException, duckdb.FatalException)


class StoreError(CounselError):
    """The DuckDB file cannot be used."""


class StoreLockedError(StoreError):
    """Another process owns the file."""


class StoreVersionError(StoreError):
    """Another version wrote the file, or it is not one of ours; `counsel rebuild` can derive its contents again."""


class Store:
    """The open DuckDB file of a home folder. Close it, or use it as a context manager; until then no other process can open it.

    Many threads may read and write at the same time; each reader sees one state from its first query to its last.
    `generation` counts the committed transactions that changed what the board shows: what was read at one generation is valid
    until the next. Changes of the queue do not count, so a heartbeat does not make a board outdated.
    """

    def __init__(self, home: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.home = home
        self._connection = connection
        self._writer = threading.Lock()
        self.generation = 0

    @classmethod
    def open(cls, home: Path) -> Store:
        """Open the store of `home`, created when new. Raises StoreLockedError, StoreVersionError or StorageError."""
        try:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise refused(home, error, "or set COUNSEL_HOME to another folder", "cannot be made") from error
        return cls(home, open_file(home / FILE_NAME))

    @property
    def runs(self) -> Path:
        """Where the stored run folders are."""
        return self.home / "runs"

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor inside one read transaction, so that several queries see one state.

        Raises StoreVersionError where the file turns out to be damaged.
        """
        cursor = self._connection.cursor()
        try:
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            yield cursor
        except duckdb.Error as error:
            if _DAMAGED.search(str(error)):
                raise _other_version(self.home / FILE_NAME, str(error)) from error
            raise
        finally:
            cursor.close()

    @contextmanager
    def writing(self, *, shown: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor inside one transaction of the only writer: committed when the block ends, rolled back when it raises.

        shown: whether it may change what the board shows, so that a new generation begins.
        Raises StorageError where the disk cannot be written; the file then holds what it held before.
        """
        with self._writer:
            cursor = self._connection.cursor()
            try:
                cursor.execute("BEGIN TRANSACTION")
                yield cursor
                cursor.execute("COMMIT")
                self.generation += shown
            except DISK_ERRORS as error:
                raise StorageError(
                    f"{self.home / FILE_NAME}: could not be written ({error}). Free space or fix that error, then try again."
                ) from error
            finally:
                # Closing a cursor rolls back its open transaction.
                cursor.close()

    def close(self) -> None:
        """Write everything into the file and close it."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def frame(cursor: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """The rows of a query as a polars frame, over Arrow; `values` are bound."""
    table = cursor.sql(sql, params=values).to_arrow_table()
    return pl.DataFrame(pl.from_arrow(table))


def append(cursor: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Insert `rows` by column name in one bulk statement; `table` is one of schema.TABLES."""
    if rows.is_empty():
        return
    cursor.register("incoming", rows.to_arrow())
    cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608 - names of schema.TABLES
    cursor.unregister("incoming")


_DAMAGED = re.compile(r"corrupt|checksum|could not read enough bytes", re.IGNORECASE)
_FOREIGN = re.compile(r"not a valid DuckDB|version|serializ", re.IGNORECASE)  # of a file that does not open


def open_file(file: Path) -> duckdb.DuckDBPyConnection:
    """A connection to `file`, created when it is new. Raises StoreLockedError, StoreVersionError or StorageError."""
    connection = _connect(file)
    try:
        _lay_out_or_check(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(file: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(file), config=SETTINGS)
    except duckdb.IOException as error:
        raise _explain(file, str(error)) from error
    except duckdb.Error as error:
        raise _other_version(file, str(error)) from error


def _explain(file: Path, message: str) -> CounselError:
    """Translate an IOException of `duckdb.connect` into an error that says what to do."""
    if "lock" in message.lower():
        match = re.search(r"PID (\d+)", message)
        owner = f"process {match[1]}" if match else "another process"
        return StoreLockedError(f"{file}: is open in {owner}, and one process owns it. Stop that one, or ask it over HTTP.")
    if _DAMAGED.search(message) or _FOREIGN.search(message):
        return _other_version(file, message)
    return StorageError(f"{file}: cannot be opened ({message}). Check that its folder can be written and its disk has space.")


def _other_version(file: Path, detail: str) -> StoreVersionError:
    return StoreVersionError(
        f"{file}: is not a store of this version ({detail.splitlines()[0]}). "
        "Run `counsel rebuild`: it derives the file anew from the stored runs."
    )


def _lay_out_or_check(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    tables = {name for (name,) in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    if not tables:
        connection.execute("BEGIN TRANSACTION")
        for statement in schema.create_statements():
            connection.execute(statement)
        connection.execute("INSERT INTO schema_version VALUES (?)", [schema.VERSION])
        connection.execute("COMMIT")
        return
    version_rows = connection.execute("SELECT version FROM schema_version").fetchall() if "schema_version" in tables else []
    if version_rows != [(schema.VERSION,)]:
        versions = ", ".join(str(version) for (version,) in version_rows) or "none"
        raise _other_version(file, f"its tables have version {versions}, this program writes {schema.VERSION}")
