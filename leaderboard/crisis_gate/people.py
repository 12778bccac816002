"""What people confirmed: the host's file `<home>/judges/acts/people.jsonl`, one confirmed flag a line.

`GET /api/v1/runs/{run_id}/gate/turns` gives the host script, words, act and turn of every flag; a line repeats them, with who
read the turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from counsel_leaderboard.leaderboard.crisis_gate.gate import ActFlag, Reading
from counsel_leaderboard.leaderboard.judges.qualification.act_exam import FOLDER
from counsel_leaderboard.leaderboard.runs.files import StorageError, first_problem
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.sessions.acts import HarmfulAct, RequiredAct

FILE = FOLDER / "people.jsonl"
Confirmed = Mapping[tuple[str, str], tuple[Reading, ...]]
"""The readings of people by script and by what identifies the session's words."""


class PersonsFlag(Closed):
    """A flag that a person read and confirms; `turn` is None for an omission."""

    script: str
    words: str
    act: RequiredAct | HarmfulAct
    turn: Annotated[int, Field(ge=1)] | None = None
    by: Annotated[str, Field(min_length=1)]


def of_home(home: Path) -> Confirmed:
    """What people confirmed, as the file is now: one object until it changes. Raises StorageError for any other line."""
    file = home / FILE
    return _read(file, file.stat().st_mtime_ns) if file.is_file() else _NOTHING


_NOTHING: Confirmed = {}


@lru_cache(maxsize=8)
def _read(file: Path, _changed: int) -> Confirmed:
    readings: defaultdict[tuple[str, str], tuple[Reading, ...]] = defaultdict(tuple)
    for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
        if line.strip():
            try:
                flag = PersonsFlag.model_validate_json(line)
            except ValidationError as error:
                raise StorageError(
                    f"{file}: line {number} confirms no flag ({first_problem(error)}). Correct the line."
                ) from error
            key = (flag.script, flag.words)
            readings[key] = (*readings[key], Reading(flag.by, None, (ActFlag(flag.act, flag.turn),), whole=False))
    return dict(readings)
