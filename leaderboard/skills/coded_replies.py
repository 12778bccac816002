"""Codes a run's turns once: what was read of the same words by the same coder is taken from the home folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.runs.files import write_whole
from counsel_leaderboard.leaderboard.skills.result import FOLDER, CodedReplies, SkillExample
from counsel_leaderboard.leaderboard.topics.stored_replies import CounselorTurn
from counsel_leaderboard.registry.common.hashing import short_hash
from counsel_leaderboard.registry.skills.card import shown_codes
from counsel_leaderboard.registry.skills.coder import CodedText, shipped_coder
from counsel_leaderboard.registry.skills.rates import by_case
from counsel_leaderboard.registry.skills.weights import version

CODED: Final = "coded"
TURNS_AT_ONCE: Final = 200
EXAMPLES: Final = 3
LONGEST_EXAMPLE: Final = 300
"""Characters: a longer sentence is no example that can be read in a table."""


class ReplyCoder:
    """Codes turns, with a cache in `skills/coded` of a home folder."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER / CODED
        self._used: set[str] = set()

    def code(self, given: Sequence[CounselorTurn], shown_items: Collection[str]) -> CodedReplies:
        """The counts and examples of a run's turns; examples are of `shown_items` alone. Raises StorageError."""
        key = short_hash([version(), sorted(shown_items), [[turn.item, turn.case, turn.client, turn.text] for turn in given]])
        file = self._folder / f"{key}.json"
        self._used.add(file.name)
        try:
            return CodedReplies.model_validate_json(file.read_bytes())
        except (OSError, ValidationError):  # not coded yet, or by another version of this program
            coded = coded_replies(given, shown_items)
            write_whole(file, coded.model_dump_json() + "\n", "then run `counsel skills score` again")
            return coded

    def forget_others(self) -> None:
        """Delete what no call of this coder used: replies that are no longer stored, or codes of other weights."""
        for file in self._folder.glob("*.json"):
            if file.name not in self._used:
                file.unlink(missing_ok=True)


def coded_replies(given: Sequence[CounselorTurn], shown_items: Collection[str]) -> CodedReplies:
    """The counts and examples of turns, by the shipped coder."""
    coder = shipped_coder()
    texts: list[CodedText] = []
    for start in range(0, len(given), TURNS_AT_ONCE):
        texts += coder.code_all([(turn.text, turn.client) for turn in given[start : start + TURNS_AT_ONCE]])
    counted = by_case(zip((turn.case for turn in given), texts, strict=True))
    return CodedReplies(
        turns=len(given),
        sentences=sum(len(text.sentences) for text in texts if text.reason != "not English"),
        foreign=sum(text.reason == "not English" for text in texts),
        sums={
            name: {case: (sum(each.part for each in counts), sum(each.whole for each in counts)) for case, counts in of.items()}
            for name, of in counted.items()
        },
        examples=_examples(
            (turn.item, text) for turn, text in zip(given, texts, strict=True) if turn.item in shown_items
        ),
    )  # fmt: skip


def _examples(texts: Iterable[tuple[str, CodedText]]) -> dict[str, tuple[SkillExample, ...]]:
    by_code: dict[str, dict[str, SkillExample]] = defaultdict(dict)
    for item, text in texts:
        for sentence in text.sentences:
            if len(sentence.text) <= LONGEST_EXAMPLE:
                for code in sentence.codes:
                    example = SkillExample(item=item, text=sentence.text, confidence=round(sentence.confidence[code], 3))
                    by_code[code].setdefault(sentence.text.casefold(), example)
    return {code: _spread(list(by_code[code].values())) for code in shown_codes() if code in by_code}


def _spread(examples: list[SkillExample]) -> tuple[SkillExample, ...]:
    """The surest, the middle and the least sure, so that a reader sees where the coder errs as well."""
    ordered = sorted(examples, key=lambda example: (-example.confidence, example.item, example.text))
    if len(ordered) <= EXAMPLES:
        return tuple(ordered)
    return tuple(ordered[round(step * (len(ordered) - 1) / (EXAMPLES - 1))] for step in range(EXAMPLES))
