"""The strip of a session: which techniques the coder sees in each of the counselor's turns."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from counsel_leaderboard.registry.manifests import plain
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript
from counsel_leaderboard.registry.skills.coder import CodedText, shipped_coder
from counsel_leaderboard.registry.skills.codes import FACTS

NOT_CODED: Final = {"no words": "no words", "not English": "not coded: not English", "unsure": "not coded: unsure"}
CODED_SESSIONS: Final = 64
"""How many sessions' codes are kept, so that a page that is opened again is not coded again."""


@lru_cache(maxsize=CODED_SESSIONS)
def strip(transcript: SessionTranscript) -> dict[int, dict[str, Any]]:
    """By number of the counselor's turn, from 1: codes (`label`, `stance`) in the manual's order, and `abstains`, the reason
    where no sentence has a code. The client's turn before is what the coder reads beside it. Raises ChecksumError.
    """
    pairs, numbers, previous = [], [], ""
    for number, turn in enumerate(transcript.turns, start=1):
        if turn.speaker == "counselor":
            pairs.append((turn.text, previous))
            numbers.append(number)
        else:
            previous = turn.text
    return {
        number: _codes(coded) for number, coded in zip(numbers, shipped_coder().code_all(pairs), strict=True)
    }  # fmt: skip


def _codes(coded: CodedText) -> dict[str, Any]:
    codes = [{"label": plain(code), "stance": FACTS[code].stance} for code in coded.codes]
    return {"codes": codes, "abstains": NOT_CODED.get(coded.reason)}
