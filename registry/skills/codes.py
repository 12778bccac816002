"""The codes of the coder's manual, in its order, with published raters' agreement, and the four behaviours they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Behaviour = Literal["reflection", "question", "input", "other"]
BEHAVIOURS: tuple[Behaviour, ...] = ("reflection", "question", "input", "other")
"""The main behaviours of a counselor's utterance as AnnoMI labels them."""

BAR_F1 = 0.50
"""A code whose F1 in the exam is lower is not reported as a number."""
BAR_ALPHA = 0.60
"""A code on which people's alpha is lower is reported only with a mark."""


@dataclass(frozen=True)
class CodeFacts:
    """One code. `alpha`: agreement of published raters, None if nobody published it. `stance`: what motivational interviewing
    says of the code: consistent with it, inconsistent, or neither.
    """

    name: str
    behaviour: Behaviour
    stance: Literal["consistent", "inconsistent", "neither"]
    alpha: float | None = None

    @property
    def is_marked(self) -> bool:
        """Whether a number of this code needs the mark that people agree poorly on it, or that nobody knows how well."""
        return self.alpha is None or self.alpha < BAR_ALPHA


_ALL = (
    CodeFacts("affirm", "other", "consistent", 0.659),
    CodeFacts("emphasize_autonomy", "other", "consistent", 0.665),
    CodeFacts("open_question", "question", "consistent", 0.950),
    CodeFacts("closed_question", "question", "consistent", 0.868),
    CodeFacts("persuade_with_permission", "input", "consistent", 0.424),
    CodeFacts("reflection_simple", "reflection", "consistent"),
    CodeFacts("reflection_complex", "reflection", "consistent"),
    CodeFacts("seek_collaboration", "other", "consistent", 0.662),
    CodeFacts("direct", "input", "inconsistent", 0.666),
    CodeFacts("inappropriate", "other", "inconsistent", 1.0),
    CodeFacts("grounding", "other", "neither", 0.826),
    CodeFacts("give_information", "input", "neither", 1.0),
    CodeFacts("support", "other", "neither", 0.842),
    CodeFacts("self_disclosure", "other", "neither", 0.658),
    CodeFacts("introduction", "other", "neither", 0.877),
    CodeFacts("conclusion", "other", "neither", 0.791),
    CodeFacts("chit_chat", "other", "neither", 0.59),
    CodeFacts("other", "other", "neither", 0.664),
    CodeFacts("advise_without_permission", "input", "inconsistent"),
    CodeFacts("confront", "input", "inconsistent"),
    CodeFacts("warn", "input", "inconsistent"),
)
FACTS: dict[str, CodeFacts] = {facts.name: facts for facts in _ALL}
"""Every code by name. Alphas: Shah et al., CSCW 2022; they rated reflections as a whole (alpha .585)."""
CODES: tuple[str, ...] = tuple(FACTS)


def of_behaviour(behaviour: Behaviour) -> tuple[str, ...]:
    """The codes of a main behaviour, in the manual's order."""
    return tuple(name for name, facts in FACTS.items() if facts.behaviour == behaviour)


def inconsistent() -> tuple[str, ...]:
    """The codes that go against motivational interviewing."""
    return tuple(name for name, facts in FACTS.items() if facts.stance == "inconsistent")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Codes in the manual's order, each once."""
    wanted = set(names)
    return tuple(name for name in CODES if name in wanted)
