"""The state of requests: their position in the queue, and times estimated from past runs of similar size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from counsel_leaderboard.leaderboard.submissions.queue import statements
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import (
    ACTIVE,
    QueuedRequest,
    RequestProgress,
    naive,
    progress_of,
    request_of,
)


def rows(cursor: duckdb.DuckDBPyConnection, statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a statement as dicts. Only the `values` that it names are bound, since DuckDB refuses others."""
    named = {name: value for name, value in values.items() if f"${name}" in statement}
    result = cursor.execute(statement, named)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@dataclass(frozen=True)
class QueueStatus:
    """The state of a request: its progress if it runs, how many wait before it if it waits, and estimated times.

    `run_seconds` is the median of past runs of similar size, `wait_seconds` the time of those ahead; None where unknown.
    """

    request: QueuedRequest
    progress: RequestProgress | None
    ahead: int | None
    run_seconds: float | None
    wait_seconds: float | None


class QueueSnapshot:
    """The queue at one moment, read once for any number of requests."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, moment: datetime) -> None:
        self._cursor = cursor
        self._known: dict[tuple[Any, ...], float | None] = {}
        self._workers: int = cursor.execute(statements.WORKERS, {"now": naive(moment)}).fetchall()[0][0]
        self._position: dict[str, int] = {}
        # Seconds that all requests before a position take; None after the first request without an estimate.
        self._before: list[float | None] = [0.0]
        for position, (spec_id, *kind) in enumerate(cursor.execute(statements.QUEUED).fetchall()):
            self._position[spec_id] = position
            before, takes = self._before[-1], self._seconds(*kind)
            self._before.append(None if before is None or takes is None else before + takes)

    def status(self, columns: dict[str, Any]) -> QueueStatus:
        """The status of the request in a row of the table `requests`."""
        request = request_of(columns)
        position = self._position.get(columns["spec_id"])
        before = None if position is None else self._before[position]
        return QueueStatus(
            request=request,
            progress=progress_of(columns),
            ahead=position,
            run_seconds=self._of(columns) if request.state in ACTIVE else None,
            wait_seconds=before / self._workers if before is not None and self._workers else None,
        )

    def preview(self, columns: dict[str, Any]) -> QueueStatus:
        """The same for a request that would join the end of the queue."""
        position = len(self._position)
        before = self._before[-1]
        wait = before / self._workers if before is not None and self._workers else None
        return QueueStatus(request_of(columns), None, position, self._of(columns), wait)

    def _of(self, columns: dict[str, Any]) -> float | None:
        return self._seconds(columns["engine"], columns["parameters"], columns["like"])

    def _seconds(self, engine: str, parameters: int | None, like: str) -> float | None:
        key = (engine, parameters, like)
        if key not in self._known:
            values = {"engine": engine, "parameters": parameters, "like": like}
            self._known[key] = self._cursor.execute(statements.LIKE_SECONDS, values).fetchall()[0][0]
        return self._known[key]
