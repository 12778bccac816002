"""A disk that refuses: the operating system's own calls fail, or the statement that inserts rows."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from counsel_leaderboard.leaderboard.store.database import FILE_NAME, Store, open_file

Where = Callable[..., bool]


def no_space() -> OSError:
    return OSError(28, "No space left on device")


def refuse(patch: pytest.MonkeyPatch, name: str, *, call: int | None = 1, where: Where = lambda *_: True) -> None:
    """Let `os.<name>` fail at that call, None: at each, of those that `where(*arguments)` picks; the others work."""
    real, calls = getattr(os, name), []

    def refusing(*arguments: Any, **more: Any) -> Any:
        if where(*arguments):
            calls.append(arguments)
            if call in (None, len(calls)):
                raise no_space()
        return real(*arguments, **more)

    patch.setattr(os, name, refusing)


class RefusingCursor:
    """A DuckDB cursor that has no space for the rows of one table."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, table: str) -> None:
        self.cursor, self.table = cursor, table

    def execute(self, sql: str, *values: Any) -> Any:
        if sql.startswith(f"INSERT INTO {self.table} "):
            raise no_space()
        return self.cursor.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)


class RefusingConnection:
    """A DuckDB connection whose cursors have no space for the rows of one table."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        self.connection, self.table = connection, table

    def cursor(self) -> RefusingCursor:
        return RefusingCursor(self.connection.cursor(), self.table)

    def close(self) -> None:
        self.connection.close()


def store_without_space(home: Path, table: str) -> Store:
    """The store of that home, on a disk that has no space for the rows of `table`."""
    home.mkdir(parents=True, exist_ok=True)
    return Store(home, RefusingConnection(open_file(home / FILE_NAME), table))  # type: ignore[arg-type]
