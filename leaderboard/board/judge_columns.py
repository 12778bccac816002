"""A judged column of the board belongs to one judge: scores by two judges are never ranked against each other.

The board is that of its first judge: of those whose scores may be ranked, the one whose run was stored here first
(`$COUNSEL_HOME/judges/seen.jsonl`), unless another is chosen. Runs by others are shown beside it, unranked, and rank among
themselves on their own judge's board. So a new judge changes no number on that board, not even a rank: a model that a second
judge scored as well would otherwise appear twice in the tasks that need no judge.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from counsel_leaderboard.leaderboard.runs.files import StorageError, refused

SEEN = Path("judges") / "seen.jsonl"
SHOWN_REVISION = 19  # enough of a checksum to distinguish two


class JudgeName(NamedTuple):
    """A judge as a run names it."""

    model: str
    revision: str | None = None

    @property
    def key(self) -> str:
        """The whole name as one text."""
        return f"{self.model} at {self.revision}" if self.revision else self.model

    def __str__(self) -> str:
        """For display, with a shortened revision."""
        return f"{self.model} at {self.revision[:SHOWN_REVISION]}" if self.revision else self.model


def judges_seen(home: Path) -> list[JudgeName]:
    """The judges of the stored runs in the order of their first run. Raises StorageError for a line that names none."""
    file = home / SEEN
    lines = file.read_text(encoding="utf-8").split("\n") if file.is_file() else []
    try:
        return list(dict.fromkeys(JudgeName(*json.loads(line)) for line in lines if line))
    except (ValueError, TypeError) as error:
        raise StorageError(f"{file}: holds a line that is no [model, revision] ({error}). Correct it from a backup.") from error


def note(home: Path, judge: JudgeName) -> None:
    """Append a judge to the list, unless it is there already. Raises StorageError."""
    if judge in judges_seen(home):
        return
    file = home / SEEN
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(judge) + "\n")
    except OSError as error:
        raise refused(file, error, "then store the run again") from error


def leading(rows: pl.DataFrame, order: Sequence[JudgeName]) -> JudgeName | None:
    """The first judge in `order` with a score that may be ranked; judges missing from `order` come last, by their oldest run.

    None where there is no such judge. rows: headlines with `barred`.
    """
    judged = rows.filter(pl.col("judged") & pl.col("judge").is_not_null() & ~pl.col("barred"))
    pairs = judged.sort("started_at", "run_id").select("judge", "judge_revision").unique(maintain_order=True).rows()
    position = {judge: number for number, judge in enumerate(order)}
    return min((JudgeName(*pair) for pair in pairs), key=lambda judge: position.get(judge, len(position)), default=None)
