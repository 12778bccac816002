"""Formats cards as text: a table of all cards, or everything known of one card with its flags first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import ascii_lowercase
from textwrap import wrap
from typing import Final

from counsel_leaderboard.registry.cards.catalog import DATASETS, files_of
from counsel_leaderboard.registry.cards.flags import MEANING, flags, names
from counsel_leaderboard.registry.cards.schema import DatasetCard, Split
from counsel_leaderboard.registry.common.errors import CardError
from counsel_leaderboard.registry.near_duplicates.search import DuplicateMap
from counsel_leaderboard.registry.review.reviews import reviews_of

WIDTH: Final = 80


def short_table(cards: Mapping[str, DatasetCard]) -> Iterator[str]:
    """One line of at most WIDTH characters for each card: name, access, licence of the text, whether it may be passed on, and a
    letter for each flag. Below them what the letters mean, and the datasets of each task.
    """
    named = {card.name: names(card, cards) for card in cards.values()}
    letters = dict(zip(sorted({flag for own in named.values() for flag in own}), ascii_lowercase, strict=False))
    shared = {"unknown": "?"}
    yield from _aligned(
        [
            ("name", "access", "licence", "share", "flags"),
            *(
                (
                    card.name,
                    card.access,
                    card.licence.text.name,
                    shared.get(card.redistribute, card.redistribute),
                    "".join(sorted(letters[flag] for flag in named[card.name])) or "-",
                )
                for card in cards.values()
            ),
        ]
    )
    yield ""
    yield "share: whether it may be passed on; ? where nothing says so"
    for flag, letter in letters.items():
        yield from wrap(f"{letter}  {flag}: {MEANING[flag]}", WIDTH, subsequent_indent="   ")
    yield ""
    for task in sorted({task for card in cards.values() for task in card.tasks}):
        datasets = ", ".join(card.name for card in cards.values() if task in card.tasks)
        yield from wrap(f"{task.removeprefix('counsel_')}: {datasets}", WIDTH, subsequent_indent="   ", break_on_hyphens=False)


def table(cards: Mapping[str, DatasetCard]) -> Iterator[str]:
    """The lines of a table of cards: name, access, licence of the text, redistribution, tasks, flags."""
    header = ("name", "access", "licence", "redistribute", "tasks", "flags")
    yield from _aligned([header, *(_line(card, cards) for card in cards.values())])


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _line(card: DatasetCard, cards: Mapping[str, DatasetCard]) -> tuple[str, ...]:
    tasks = " ".join(task.removeprefix("counsel_") for task in card.tasks) or "-"
    return (card.name, card.access, card.licence.text.name, card.redistribute, tasks, " ".join(names(card, cards)) or "-")


def details(
    card: DatasetCard, cards: Mapping[str, DatasetCard], duplicates: DuplicateMap | None, folder: Path = DATASETS
) -> Iterator[str]:
    """Everything known of one dataset, as lines of text."""
    yield f"{card.title} ({card.name})"
    yield card.summary
    yield ""
    for flag in flags(card, cards):
        yield f"! {flag.name}: {MEANING[flag.name]} [{flag.reason}]"
    yield from (f"{label}: {value}" for label, value in _fields(card).items())
    if reviews := reviews_of(card, folder):
        yield f"reviewed: {reviews.text}"
    yield from (f"problem: {problem}" for problem in card.known_problems)
    for overlap in card.overlaps:
        yield f"overlap: {overlap.dataset}, {overlap.kind}: {overlap.note}"
    for split in card.splits:
        yield f"split {split.name}: {_split(card, split, folder)}"
    yield from _near(card, duplicates)
    yield f"citation: {card.citation}"


def _fields(card: DatasetCard) -> dict[str, str]:
    text, code = card.licence.text, card.licence.code
    return {
        "source": f"{card.source.kind} {card.source.id} at {card.source.revision or 'no pinned revision'}",
        "homepage": card.homepage or "none recorded",
        "licence of the text": _joined(f"{text.name} (evidence: {text.evidence})", text.note),
        "licence of the code": _joined(f"{code.name} (evidence: {code.evidence})", code.note),
        "owner": card.owner,
        "consent": _joined(card.consent.basis, card.consent.note),
        "origin": _joined(
            card.origin, f"drafted by a model of the family {card.drafted_by_family}" if card.drafted_by_family else ""
        ),
        "de-identification": _joined(card.deidentification.state, card.deidentification.note),
        "languages": ", ".join(card.languages),
        "size": card.size,
        "columns": ", ".join(card.columns) or "not recorded",
        "access": card.access,
        "permitted uses": ", ".join(card.permitted_uses),
        "redistribute": f"{card.redistribute}: {card.redistribute_reason}",
        "tasks": ", ".join(card.tasks) or "none",
        "use": card.use,
        "superseded by": card.superseded_by or "nothing",
        "standing": f"{card.standing}, last checked {card.checked}",
    }


def _joined(value: str, note: str) -> str:
    return f"{value}; {note}" if note else value


def _split(card: DatasetCard, split: Split, folder: Path) -> str:
    rows = f"{split.rows} rows" if split.rows is not None else "rows not counted yet"
    try:
        files = files_of(card, split, folder)
    except CardError:
        return f"{rows}, files by pattern {split.pattern!r}, not locked"
    locked = sum(file.sha256 is not None for file in files)
    return f"{rows}, {len(files)} files ({locked} with a checksum), {split.fingerprint or 'no fingerprint yet'}"


def _near(card: DatasetCard, duplicates: DuplicateMap | None) -> Iterator[str]:
    if duplicates is None:
        yield "near-duplicates: not computed on this machine (`counsel data duplicates`)"
        return
    mine = {key: fingerprint for key, fingerprint in duplicates.compared.items() if key.startswith(f"{card.name}/")}
    if not mine:
        yield "near-duplicates: this dataset was not on the machine when the map was computed"
        return
    stale = [split.name for split in card.splits if _changed(split, mine.get(f"{card.name}/{split.name}"))]
    if stale:
        yield f"near-duplicates: the map is older than the rows of {', '.join(stale)}; run `counsel data duplicates` again"
    for pair in duplicates.of(card.name):
        yield from pair_lines(pair.first, pair.second, pair.first_items, pair.second_items, pair.examples)
    if not duplicates.of(card.name):
        yield f"near-duplicates: none with the other {len(duplicates.compared) - len(mine)} splits on this machine"


def _changed(split: Split, compared: str | None) -> bool:
    return None not in (split.fingerprint, compared) and split.fingerprint != compared


def pair_lines(
    first: str, second: str, first_items: int, second_items: int, examples: tuple[tuple[str, str, float], ...]
) -> Iterator[str]:
    """Lines that describe one pair of the duplicate map: the counts, then examples by id."""
    yield f"near-duplicates: {first_items} items of {first} and {second_items} of {second}"
    for mine, theirs, similarity in examples:
        yield f"    {mine} ~ {theirs} ({similarity:.2f})"
