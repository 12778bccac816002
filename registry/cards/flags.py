"""Warnings to read before using a dataset, derived from its card."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from counsel_leaderboard.registry.cards.schema import DatasetCard

MAX_AGE: Final = datetime.timedelta(days=365)

MEANING: Final[dict[str, str]] = {
    "no-licence": "no licence is known for the text: nothing permits its use beyond what the law allows anyway",
    "licence-of-code": "the only licence found is the code's, and nobody says that it covers the text",
    "non-commercial": "the licence of the text forbids commercial use",
    "share-alike": "what is made from the text must go under the same licence",
    "scraped": "the text was collected from people who were not asked",
    "gated": "an account, a signed agreement or the owner's consent is needed",
    "overlap": "shares text with another dataset, and a task uses one of the two: who saw one has seen some of the other",
    "stale": "nobody has checked the card for a year",
    "moved": "no longer at the address of the card, or replaced by another dataset",
}


@dataclass(frozen=True)
class Flag:
    """A flag of one card: its name, a key of MEANING, and the reason for it."""

    name: str
    reason: str


def flags(card: DatasetCard, cards: Mapping[str, DatasetCard], today: datetime.date | None = None) -> tuple[Flag, ...]:
    """All flags of a card, in the order of MEANING. `cards`: those it may overlap with; `today`: the day for its age."""
    return (*_of_licence(card), *_of_text(card), *_of_overlap(card, cards), *_of_age(card, today))


def names(card: DatasetCard, cards: Mapping[str, DatasetCard], today: datetime.date | None = None) -> list[str]:
    """Names of the flags of a card."""
    return [flag.name for flag in flags(card, cards, today)]


def _of_licence(card: DatasetCard) -> Iterator[Flag]:
    text = card.licence.text
    if text.name in ("none", "unknown"):
        yield Flag("no-licence", text.note or f"licence of the text: {text.name}")
    if text.evidence == "code":
        yield Flag("licence-of-code", text.note or f"{text.name} is the code's")
    if "-NC" in text.name:
        yield Flag("non-commercial", text.name)
    if "-SA" in text.name or text.name.startswith("GPL"):
        yield Flag("share-alike", text.name)


def _of_text(card: DatasetCard) -> Iterator[Flag]:
    if card.origin == "scraped" or card.consent.basis in ("public posts", "public videos"):
        yield Flag("scraped", f"origin: {card.origin}; consent: {card.consent.basis}")
    if card.access in ("gated", "agreement", "closed"):
        yield Flag("gated", f"access: {card.access}")


def _of_overlap(card: DatasetCard, cards: Mapping[str, DatasetCard]) -> Iterator[Flag]:
    descriptions = []
    for overlap in card.overlaps:
        other = cards.get(overlap.dataset)
        if card.tasks or (other is not None and other.tasks):
            descriptions.append(f"{overlap.dataset} ({overlap.kind}: {overlap.note})")
    if descriptions:
        yield Flag("overlap", "; ".join(descriptions))


def _of_age(card: DatasetCard, today: datetime.date | None) -> Iterator[Flag]:
    if (today or datetime.datetime.now(datetime.UTC).date()) - card.checked > MAX_AGE:
        yield Flag("stale", f"last checked on {card.checked}")
    if card.standing in ("moved", "gone"):
        yield Flag("moved", f"{card.standing} upstream")
    elif card.superseded_by:
        yield Flag("moved", f"superseded by {card.superseded_by}")
