"""A transcript as a judge is shown it: numbered turns, in one piece or, where it is long, in windows with all before them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn

WINDOW_CHARACTERS: Final = 24_000
"""About 6,000 tokens of English: a whole session within its token limits stays below."""
MOST_WINDOWS: Final = 3
TURN_CHARACTERS: Final = 4_000
"""What is shown of a turn; a turn of 400 tokens has half of it."""
NOT_SHOWN: Final = "(the rest of this turn is not shown)"
SILENCE: Final = "(says nothing)"
_SPEAKERS: Final = {"client": "Client", "counselor": "Counselor"}


@dataclass(frozen=True)
class SessionWindow:
    """A part of a session. `text`: everything up to its end; `first` and `last`: the counselor's turns in it, from 1."""

    text: str
    first: int
    last: int

    @property
    def counselor_turns(self) -> int:
        """The number of these turns."""
        return self.last - self.first + 1


def windows(transcript: SessionTranscript) -> list[SessionWindow]:
    """At most MOST_WINDOWS windows of about the same length, each of which ends with a counselor's turn but the last, which
    ends with the session; none if the counselor has no turn.

    A judge reads at most (1 + 2 + 3) / 3 of a session, that is, twice its length.
    """
    exchanges = _exchanges(transcript)
    if not exchanges:
        return []
    total = sum(map(len, exchanges))
    count = min(MOST_WINDOWS, len(exchanges), math.ceil(total / WINDOW_CHARACTERS))
    ends = [math.ceil(len(exchanges) * (number + 1) / count) for number in range(count)]
    starts = [0, *ends[:-1]]
    return [SessionWindow("\n\n".join(exchanges[:end]), start + 1, end) for start, end in zip(starts, ends, strict=True)]


def whole(transcript: SessionTranscript) -> str:
    """The session in one piece, its turns numbered."""
    return "\n\n".join(_exchanges(transcript))


def _exchanges(transcript: SessionTranscript) -> list[str]:
    """The session cut after each counselor's turn; what follows the last one belongs to it."""
    parts, lines, number = list[str](), list[str](), 0
    for turn in transcript.turns:
        number += turn.speaker == "counselor"
        lines.append(_line(turn, number if turn.speaker == "counselor" else number + 1))
        if turn.speaker == "counselor":
            parts.append("\n\n".join(lines))
            lines = []
    if parts and lines:
        parts[-1] = "\n\n".join([parts[-1], *lines])
    return parts


def _line(turn: SessionTurn, number: int) -> str:
    text = turn.text.strip() or SILENCE
    if len(text) > TURN_CHARACTERS:
        text = f"{text[:TURN_CHARACTERS]} {NOT_SHOWN}"
    # Further lines are indented, so that nothing that is said looks like the beginning of another turn.
    return f"{_SPEAKERS[turn.speaker]} {number}: " + "\n    ".join(text.splitlines())
