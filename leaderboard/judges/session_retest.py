"""The stored record of a judge's retest on sessions: `<home>/judges/session-retests/<id>.json`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.judges.qualification.exam_records import record_id, store
from counsel_leaderboard.leaderboard.judges.retest import ItemRetest, retest
from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.registry.common.closed import Closed

FOLDER: Final = Path("judges") / "session-retests"
RATINGS: Final = "session_retest.jsonl"
"""The file that the judge's process writes."""


class RetestRow(Closed):
    """Both ratings of an item of a session; None where the judge gave none that could be read."""

    task: str
    model: str
    session: str
    item: str
    first: float | None
    second: float | None


class RetestedItem(Closed):
    """The agreement of both times, with its 95% limits; None where it is not defined, and `reason` says why."""

    task: str
    item: str
    value: float | None
    low: float | None
    high: float | None
    sessions: int
    missing: int
    enters_total: bool
    reason: str
    line: str


class SessionRetest(Closed):
    """A judge's retest, item by item."""

    judge: str
    revision: str | None
    items: tuple[RetestedItem, ...]

    def text(self) -> str:
        """The retest in lines."""
        return "\n".join(f"{item.task} {item.line}" for item in self.items)


def read(folder: Path, judge: str, revision: str | None) -> SessionRetest:
    """The retest from the folder of the judge's process. Raises StorageError."""
    file = folder / RATINGS
    try:
        rows = [RetestRow.model_validate_json(line) for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValidationError) as error:
        raise StorageError(f"{file} holds no retest: {error}. Run it again.") from error
    tasks = dict.fromkeys(row.task for row in rows)
    items = [_item(task, each) for task in tasks for each in _retested([row for row in rows if row.task == task])]
    return SessionRetest(judge=judge, revision=revision, items=tuple(items))


def write(home: Path, record: SessionRetest) -> Path:
    """Store a record, replacing the judge's older one; its file. Raises StorageError."""
    return store(home / FOLDER / f"{record_id({'judge': record.judge, 'revision': record.revision})}.json", record)


def _retested(rows: list[RetestRow]) -> list[ItemRetest]:
    first = defaultdict[tuple[str, str], dict[str, float | None]](dict)
    second = defaultdict[tuple[str, str], dict[str, float | None]](dict)
    for row in rows:
        first[row.model, row.session][row.item] = row.first
        second[row.model, row.session][row.item] = row.second
    return retest(first, second)


def _item(task: str, each: ItemRetest) -> RetestedItem:
    known = each.agreement
    return RetestedItem(
        task=task, item=each.item, value=known and known.value, low=known and known.low, high=known and known.high,
        sessions=known.targets if known else 0, missing=each.missing, enters_total=each.enters_total, reason=each.reason,
        line=each.line(),
    )  # fmt: skip
