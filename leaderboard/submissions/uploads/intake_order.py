"""What the process that parses uploads is asked to do, and the files that it leaves: shared by both sides."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from counsel_leaderboard.leaderboard.runs.self_report import Report
from counsel_leaderboard.registry.common.closed import Closed

RUN: Final = "run"
"""The run's files, stripped of what may not be stored."""
STAGED: Final = "staged"
"""The run's rows: one Parquet file a table, and `cache/<run_id>` as a home holds it."""


class IntakeOrder(Closed):
    """Read the run in `work`: in its file `archive`, or in its folder RUN where there is none.

    most_bytes: how many bytes the archive may hold once unpacked. secrets: what no file may contain. report: the
    statement that is stored with a self-reported run; such a run holds no request.json.
    """

    work: Path
    archive: bool = True
    most_bytes: int = 0
    secrets: tuple[str, ...] = ()
    report: Report | None = None


def table_file(work: Path, table: str) -> Path:
    """The Parquet file of a table's rows."""
    return work / STAGED / f"{table}.parquet"
