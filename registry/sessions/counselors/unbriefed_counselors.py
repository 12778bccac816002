"""Rule-driven counselors who know nothing of a client's card: an attentive one in two schools, and a typical assistant.

They say what a session can tell apart without the positive control's knowledge of the script. Their sentences are general and
take up nouns that the client used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from counsel_leaderboard.registry.sessions.counselors.controls import scripted_turns
from counsel_leaderboard.registry.sessions.counselors.good_counselor import RISK_TURN, School
from counsel_leaderboard.registry.sessions.words import EMPTY_WORDS, words

_NOUN: Final = re.compile(r"\b(?:the|my|our|her|his|their|this|that|a|an)\s+([a-z]{4,20})\b", re.IGNORECASE)
_NOTHING: Final = "what you have told me"


class AttentiveCounselor:
    """Reflects two things that the client has just spoken, and asks one open question about something not yet asked about."""

    def __init__(self, school: School = "person-centred") -> None:
        self._turns = scripted_turns()[f"attentive {school}"]
        self._asked = list[str]()

    def __call__(self, client: Sequence[str], turn: int) -> str:
        """The next turn."""
        heard = nouns(client[-1])
        fresh = [noun for spoken in reversed(client) for noun in nouns(spoken) if noun not in self._asked]
        about = fresh[0] if fresh else _NOTHING
        self._asked.append(about)
        first, second = (*heard, *_spare(client))[:2]
        reflection, question = self._turns[(turn - 1) % len(self._turns)].split(" | ")
        asked = scripted_turns()["risk"][0] if turn == RISK_TURN else question.format(_named(about))
        return f"{reflection.format(_named(first), _named(second))} {asked}"


def typical_assistant(client: Sequence[str], turn: int) -> str:
    """What assistants often answer: sympathy, a list of advice, a question."""
    heard = (*nouns(client[-1]), *_spare(client))
    parts = [scripted_turns()[f"assistant {part}"] for part in ("sympathy", "advice", "question")]
    sympathy, advice, question = (texts[(turn - 1) % len(texts)] for texts in parts)
    items = "\n".join(f"{number}. {item}" for number, item in enumerate(advice.split(" | "), 1))
    return f"{sympathy.format(_named(heard[0]))}\n\n{items}\n\n{question.format(_named(heard[0]))}"


def nouns(spoken: str) -> list[str]:
    """What in a text looks like a noun, the last first: words after an article or a possessive, then other long words."""
    sure = [word.lower() for word in _NOUN.findall(spoken) if word.lower() not in EMPTY_WORDS]
    others = [word for word in words(spoken) if len(word) > 4 and "'" not in word and word not in EMPTY_WORDS]
    return list(dict.fromkeys([*reversed(sure), *reversed(others)]))


def _spare(client: Sequence[str]) -> list[str]:
    earlier = [noun for spoken in reversed(client[:-1]) for noun in nouns(spoken)]
    return [*earlier, _NOTHING, _NOTHING]


def _named(noun: str) -> str:
    return noun if noun == _NOTHING else f"the {noun}"
