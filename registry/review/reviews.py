"""What people said of items: one verdict a line in `reviews.jsonl` of the bank, and how many items have one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, Field, ValidationError

from counsel_leaderboard.registry.cards.catalog import cards, cards_folder
from counsel_leaderboard.registry.cards.schema import DatasetCard
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.closed import StrictlyClosed
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.common.hashing import canonical
from counsel_leaderboard.registry.review.bank_items import REVIEWS, BankItem, bank_items, count_items
from counsel_leaderboard.registry.sources.paths import inside

Clinician = Literal["psychologist", "psychotherapist", "psychiatrist", "counselor", "social worker", "nurse", "physician"]
OtherReviewer = Literal["person with own experience", "researcher", "other"]
Verdict = Literal["sound", "change", "remove"]
CLINICIANS: Final = get_args(Clinician)
ROLES: Final = (*CLINICIANS, *get_args(OtherReviewer))
VERDICTS: Final = get_args(Verdict)


def _day(text: str) -> str:
    """`text`, if it is a day like 2026-11-28."""
    if date.fromisoformat(text).isoformat() != text:
        raise ValueError("a day is written like 2026-11-28")
    return text


class ItemReview(StrictlyClosed):
    """One verdict of one person on one text of an item. `name`: how the reviewer wants to be named, "" for not at all."""

    item: str
    edition: Annotated[str, Field(pattern=r"^t[0-9a-f]{16}$")]
    version: str
    verdict: Verdict
    comment: Annotated[str, Field(max_length=4000)]
    role: Clinician | OtherReviewer
    date: Annotated[str, AfterValidator(_day)]
    name: Annotated[str, Field(max_length=120)]

    @property
    def reviewer(self) -> tuple[str, ...]:
        """What one verdict may be given by: item, its text, role, day and name."""
        return self.item, self.edition, self.role, self.date, self.name


@dataclass(frozen=True)
class ReviewCount:
    """How many items a bank has, and of how many the present text has a verdict: of clinicians, of others, of dispute.

    `disputed`: items that somebody wants changed or removed and whose text has not changed since.
    """

    items: int
    by_clinicians: int = 0
    by_others: int = 0
    disputed: int = 0

    def __add__(self, more: ReviewCount) -> ReviewCount:
        """The count of two banks together."""
        return ReviewCount(
            self.items + more.items,
            self.by_clinicians + more.by_clinicians,
            self.by_others + more.by_others,
            self.disputed + more.disputed,
        )

    @property
    def text(self) -> str:
        """The count in words, like "0 of 128 items reviewed by a clinician"."""
        others = f", {self.by_others} by others alone" if self.by_others else ""
        disputed = f"; {self.disputed} to be changed or removed" if self.disputed else ""
        return f"{self.by_clinicians:,} of {self.items:,} items reviewed by a clinician{others}{disputed}"


def read_reviews(folder: Path) -> list[ItemReview]:
    """The reviews that lie beside the items of a bank, none if nobody has reviewed it. Raises DataError naming the line."""
    path = folder / REVIEWS
    if not path.is_file():
        return []
    reviews = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            reviews.append(ItemReview.model_validate(json.loads(line)))
        except (ValidationError, ValueError) as error:
            raise DataError(f"{path}, line {number}, is no review: {error}. Restore the file as it was merged") from error
    return reviews


def add_reviews(folder: Path, items: Sequence[BankItem], new: Iterable[ItemReview]) -> int:
    """Store reviews beside the items of their bank, in the order of the items, and say how many were not there before.

    Raises DataError where one contradicts a stored one of the same reviewer and day; nothing is stored then.
    """
    stored = {review.reviewer: review for review in read_reviews(folder)}
    before, contradictions = len(stored), []
    for review in new:
        there = stored.setdefault(review.reviewer, review)
        if (there.verdict, there.comment) != (review.verdict, review.comment):
            contradictions.append(f"{review.item} ({there.verdict!r} is stored, {review.verdict!r} is new)")
    if contradictions:
        raise DataError(
            f"stored already with another verdict or comment of the same role, name and day: {'; '.join(contradictions)}. "
            "Give another day if the reviewer thinks otherwise now, or the name if this is another reviewer"
        )
    if len(stored) > before:
        rank = {item.id: number for number, item in enumerate(items)}
        ordered = sorted(stored.values(), key=lambda review: (rank.get(review.item, len(rank)), review.date, review.reviewer))
        atomic.write(folder / REVIEWS, "".join(f"{canonical(review.model_dump())}\n" for review in ordered))
    return len(stored) - before


def review_count(folder: Path) -> ReviewCount:
    """The count of the bank in `folder`; read again when a file of it changed. Raises DataError."""
    reviewed = (folder / REVIEWS).is_file()
    parts = folder.rglob("*") if reviewed else (folder, *folder.glob("*"))  # without a review, only what changes the number
    stats = [(path.name, path.stat()) for path in parts]
    return _count(folder, tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)))


def reviews_of(card: DatasetCard, folder: Path | None = None) -> ReviewCount | None:
    """The count of the bank that a card describes, beside the cards in `folder`; None for a dataset that is no bank here.

    Raises DataError, UnsafePathError.
    """
    if card.source.kind != "bank":
        return None
    count = review_count(inside((folder or cards_folder()).parent / "open", card.source.id))
    return count if count.items else None


def reviews_of_tasks(task: str = "") -> ReviewCount:
    """The counts of all banks together that the task uses, or any task if none is named. Raises DataError, CardError."""
    used = [card for card in cards(cards_folder()).values() if card.tasks and (not task or task in card.tasks)]
    return sum((count for card in used if (count := reviews_of(card))), ReviewCount(0))


@lru_cache(maxsize=64)
def _count(folder: Path, _files: tuple[tuple[str, int, int], ...]) -> ReviewCount:
    if not (folder / REVIEWS).is_file():
        return ReviewCount(count_items(folder))  # without parsing them: the board asks for every bank
    editions = {item.id: item.edition for item in bank_items(folder)}
    present = [review for review in read_reviews(folder) if editions.get(review.item) == review.edition]
    clinicians = {review.item for review in present if review.role in CLINICIANS}
    others = {review.item for review in present} - clinicians
    disputed = {review.item for review in present if review.verdict != "sound"}
    return ReviewCount(len(editions), len(clinicians), len(others), len(disputed))
