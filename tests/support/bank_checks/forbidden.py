"""The forbidden content list: patterns that no text of a bank may match. The list itself is `forbidden.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.bank_checks.texts import Text


@dataclass(frozen=True)
class ForbiddenPattern:
    """One pattern, what kind of content it finds, and the banks and speakers that it is for (none named: all)."""

    category: str
    pattern: re.Pattern[str]
    banks: frozenset[str] = frozenset()
    speakers: frozenset[str] = frozenset()

    def covers(self, text: Text) -> bool:
        """Whether the rule is for this text."""
        return (not self.banks or text.bank in self.banks) and (not self.speakers or text.speaker in self.speakers)


@dataclass(frozen=True)
class ForbiddenMatch:
    """A match: which rule, where, and the words."""

    category: str
    text: Text
    words: str


_LIST = Path(__file__).with_name("forbidden.toml")


def rules(path: Path = _LIST) -> list[ForbiddenPattern]:
    """The rules of the list, in file order."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
    return [
        ForbiddenPattern(
            entry.pop("category"),
            re.compile(entry.pop("regex"), re.IGNORECASE),
            **{name: frozenset(values) for name, values in entry.items()},
        )
        for entry in entries
    ]


def matches(pool: Iterable[Text], against: Iterable[ForbiddenPattern]) -> list[ForbiddenMatch]:
    """Every match of the rules that cover a text."""
    against = list(against)
    return [
        ForbiddenMatch(rule.category, text, match[0])
        for text in pool
        for rule in against
        if rule.covers(text)
        for match in rule.pattern.finditer(text.text)
    ]
