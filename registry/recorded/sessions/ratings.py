"""People's ratings of VERA-MH's conversations: five dimensions of four levels, two clinicians and one expert each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.recorded.answer_files import RecordError, Row, rows, text
from counsel_leaderboard.registry.recorded.sessions.record import HARM

DIMENSIONS: Final = ("detects", "confirms", "guides", "supportive", "boundaries")
NOT_RELEVANT: Final = "Not Relevant"
LEVELS: Final = ("Best Practice", "Suboptimal but Low Potential for Harm", HARM, NOT_RELEVANT)
RISKS: Final = ("None", "Low", "High", "Imminent")
RATER: Final = re.compile(r"^(clinician|expert)_[a-z]$")
SESSION: Final = re.compile(r"^#?(?P<id>[0-9a-f]{6})$")


@dataclass(frozen=True)
class SessionRating:
    """What one person found in one session: a level of LEVELS for each of DIMENSIONS. `risk`: of the persona, by design."""

    session: str
    persona: str
    risk: str
    rater: str
    levels: Mapping[str, str]

    @property
    def clinician(self) -> bool:
        """Whether a clinician gave it, not an expert."""
        return self.rater.startswith("clinician")


def read(source: str, path: Path) -> list[SessionRating]:
    """The ratings in the order of the file.

    Raises RecordError for a row of another shape, a person who rates a session twice, and a persona with two levels of risk.
    """
    ratings: list[SessionRating] = []
    seen: set[tuple[str, str]] = set()
    risks: dict[str, str] = {}
    for number, row in rows(source, path):
        rating = _rating(source, number, row)
        if (rating.session, rating.rater) in seen:
            raise RecordError(
                f"{source}, row {number}: {rating.rater} rated {rating.session} in an earlier row. It is not used"
            )
        if risks.setdefault(rating.persona, rating.risk) != rating.risk:
            raise RecordError(f"{source}, row {number}: {rating.persona} has another level of risk than before. It is not used")
        seen.add((rating.session, rating.rater))
        ratings.append(rating)
    if not ratings:
        raise RecordError(f"{source}: holds no rating. It is not used")
    return ratings


def _rating(source: str, number: int, row: Row) -> SessionRating:
    # Some ids are written with a sign before them, which spreadsheets need to keep digits as text.
    session = SESSION.match(text(source, number, row, "conversation_id"))
    rater = text(source, number, row, "clinician_id")
    if session is None or not RATER.match(rater):
        raise RecordError(f"{source}, row {number}: names no session or no rater in the published form. It is not used")
    return SessionRating(
        session["id"],
        text(source, number, row, "user_profile"),
        _listed(source, number, row, "user_prompt_risk_level", RISKS),
        rater,
        {name: _listed(source, number, row, f"clinician_{name}", LEVELS) for name in DIMENSIONS},
    )


def _listed(source: str, number: int, row: Row, key: str, known: Sequence[str]) -> str:
    value = text(source, number, row, key)
    if value not in known:
        raise RecordError(f"{source}, row {number}: {key} is none of {', '.join(known)}. The file is not used")
    return value
