"""What people confirmed: the host's file `<home>/judges/acts/people.jsonl`, one confirmation or its undoing a line.

`counsel judge confirm` writes it. A line is never changed, so that the file says who did what and when.
"""

from __future__ import annotations

import datetime
import os
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, Field, ValidationError

from counsel_leaderboard.leaderboard.crisis_gate.gate import ActFlag, Reading
from counsel_leaderboard.leaderboard.judges.qualification.act_exam import FOLDER
from counsel_leaderboard.leaderboard.runs.files import StorageError, first_problem, refused
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.hashing import short_hash
from counsel_leaderboard.registry.sessions.acts import HarmfulAct, RequiredAct

FILE = FOLDER / "people.jsonl"
Confirmed = Mapping[tuple[str, str], tuple[Reading, ...]]
"""The readings of people by script and by what identifies the session's words."""


class ConfirmationError(CounselError):
    """A confirmation that there is already, or an undoing of one that there is not."""


class FlagPlace(NamedTuple):
    """A flag of a judge by the session and the act; `turn` is None for an omission."""

    script: str
    words: str
    act: str
    turn: int | None

    @property
    def id(self) -> str:
        """Eight hex digits by which a person names it."""
        return short_hash(list(self))[:8]


class PersonsFlag(Closed):
    """A flag that a person read and confirms; `turn` is None for an omission, `at` for a line that was written by hand.

    `undone`: it takes this person's earlier confirmation back.
    """

    script: str
    words: str
    act: RequiredAct | HarmfulAct
    turn: Annotated[int, Field(ge=1)] | None = None
    by: Annotated[str, Field(min_length=1, max_length=200)]
    at: AwareDatetime | None = None
    undone: bool = False

    @property
    def flagged(self) -> FlagPlace:
        """The flag that is meant."""
        return FlagPlace(self.script, self.words, self.act, self.turn)


def of_home(home: Path) -> Confirmed:
    """What people confirmed, as the file is now: one object until it changes. Raises StorageError for any other line."""
    changed = _changed(home)
    return _readings(home / FILE, changed) if changed else _NOTHING


def confirmations(home: Path) -> list[PersonsFlag]:
    """The confirmations that stand, in the order in which they were given. Raises StorageError for a line that is none."""
    changed = _changed(home)
    return list(_standing(home / FILE, changed)) if changed else []


def confirm(home: Path, flagged: FlagPlace, by: str, *, undo: bool = False) -> PersonsFlag:
    """Record that a person confirms a flag, or takes that back, with the time; the line that was added.

    Raises ConfirmationError where it stands already, or does not; StorageError where the file cannot be read or written.
    """
    known = any(flag.flagged == flagged and flag.by == by for flag in confirmations(home))
    if known != undo:
        raise ConfirmationError(
            f"{by} has {'not confirmed' if undo else 'confirmed already'} the flag {flagged.id}. "
            "The command without a flag lists who confirmed what."
        )
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    line = PersonsFlag.model_validate({**flagged._asdict(), "by": by, "at": now, "undone": undo})
    _append(home / FILE, line.model_dump_json(exclude_defaults=True))
    return line


def _append(file: Path, line: str) -> None:
    """Add a line in one write, so that two people at once lose nothing."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b", buffering=0) as stream:
            end = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, end - 1))
            broken = end > 0 and stream.read(1) != b"\n"
            stream.write(("\n" * broken + line + "\n").encode())
    except OSError as error:
        raise refused(file, error) from error


_NOTHING: Confirmed = {}
_Changed = tuple[int, int]


def _changed(home: Path) -> _Changed | None:
    file = home / FILE
    if not file.is_file():
        return None
    status = file.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=8)
def _readings(file: Path, changed: _Changed) -> Confirmed:
    readings: defaultdict[tuple[str, str], tuple[Reading, ...]] = defaultdict(tuple)
    for flag in _standing(file, changed):
        key = (flag.script, flag.words)
        readings[key] = (*readings[key], Reading(flag.by, None, (ActFlag(flag.act, flag.turn),), whole=False))
    return dict(readings)


@lru_cache(maxsize=8)
def _standing(file: Path, _changed: _Changed) -> tuple[PersonsFlag, ...]:
    standing: dict[tuple[FlagPlace, str], PersonsFlag] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            try:
                flag = PersonsFlag.model_validate_json(line)
            except ValidationError as error:
                raise StorageError(
                    f"{file}: line {number} confirms no flag ({first_problem(error)}). Correct the line."
                ) from error
            standing.pop((flag.flagged, flag.by), None)
            if not flag.undone:
                standing[flag.flagged, flag.by] = flag
    return tuple(standing.values())
