"""Where the coder of skills reads a counselor's turn in place of the rules, once both stand.

The coder gives codes by sentence; this module is to turn them into `CounselorActs`, keeping the rules for what codes do not
say (risk, closing, honesty, odd turns). Nothing else of the engine changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

from counsel_leaderboard.registry.sessions.reading.counselor_acts import AskedQuestion, CounselorActs, ReadsActs
from counsel_leaderboard.registry.sessions.words import sentences

_ADVICE: Final = frozenset(("advise_without_permission", "direct", "persuade_with_permission"))
_REFLECTION: Final = frozenset(("reflection_simple", "reflection_complex"))
_QUESTIONS: Final = frozenset(("open_question", "closed_question"))


class CodesSentence(Protocol):
    """A coder of skills: the codes of one sentence, each with its confidence, given the client's turn before."""

    def __call__(self, sentence: str, previous: str) -> Mapping[str, float]:
        """The codes that hold."""
        ...


class CodedReader:
    """Reads a turn by rules, and questions, reflections and advice by a coder."""

    def __init__(self, rules: ReadsActs, code: CodesSentence, name: str) -> None:
        self._rules, self._code = rules, code
        self.name = f"{rules.name} with {name}"

    def __call__(self, text: str, client: str, earlier: tuple[str, ...]) -> CounselorActs:
        """The acts of a turn; see ReadsActs."""
        ruled = self._rules(text, client, earlier)
        if ruled.odd is not None or ruled.prompt:
            return ruled
        coded = [(part, frozenset(self._code(part, client))) for part in sentences(text)]
        return replace(
            ruled,
            questions=tuple(AskedQuestion(part, "open_question" in codes) for part, codes in coded if codes & _QUESTIONS),
            reflections=tuple(part for part, codes in coded if codes & _REFLECTION),
            statements=tuple(part for part, codes in coded if not codes & (_QUESTIONS | _REFLECTION)),
            advice=sum(bool(codes & _ADVICE) for _, codes in coded),
        )
