"""The registry's dataset cards as pages: a list with filters, and the full page of one card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from counsel_leaderboard.registry.cards.catalog import cards as all_cards
from counsel_leaderboard.registry.cards.catalog import files_of
from counsel_leaderboard.registry.cards.flags import MEANING, flags
from counsel_leaderboard.registry.cards.schema import DatasetCard, Split
from counsel_leaderboard.registry.common.errors import CardError, DataError
from counsel_leaderboard.registry.near_duplicates.search import saved
from counsel_leaderboard.registry.review.reviews import reviews_of
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render

HUB: Final = "https://huggingface.co"
SCHEMA: Final[dict[str, Any]] = {
    **dict.fromkeys(("name", "title", "summary", "access", "licence", "redistribute", "origin", "source"), pl.String),
    "tasks": pl.List(pl.String),
    "flags": pl.List(pl.String),
    "reviewed": pl.String,
    "search_text": pl.String,
}


def frame(cards: Mapping[str, DatasetCard]) -> pl.DataFrame:
    """One row per card with the columns SCHEMA, cards that a task uses first; searches look in `search_text`."""
    rows = [_row(card, cards) for card in cards.values()]
    return pl.DataFrame(rows, schema=SCHEMA).sort(pl.col("tasks").list.len() == 0, "name")


def _row(card: DatasetCard, cards: Mapping[str, DatasetCard]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": card.name,
        "title": card.title,
        "summary": card.summary,
        "access": card.access,
        "licence": card.licence.text.name,
        "redistribute": card.redistribute,
        "origin": card.origin,
        "source": card.source.kind,
        "tasks": list(card.tasks),
        "flags": [flag.name for flag in flags(card, cards)],
        "reviewed": _reviewed(card),
    }
    parts = [card.owner, card.use, card.source.id, *(str(value) for value in row.values()), *card.languages]
    return {**row, "search_text": "\n".join(parts).lower()}


def _reviewed(card: DatasetCard) -> str:
    """How many items of a bank were reviewed, in words; "" for other datasets."""
    count = reviews_of(card)
    return count.text if count else ""


def matching(rows: pl.DataFrame, address: Address) -> pl.DataFrame:
    """The cards that match the address's search and filters; the flag "none" matches cards without flags."""
    col = pl.col
    conditions = [col("search_text").str.contains(word, literal=True) for word in address.q.lower().split()]
    if address.access:
        conditions.append(col("access") == address.access)
    if address.flag:
        without = col("flags").list.len() == 0
        conditions.append(without if address.flag == "none" else col("flags").list.contains(address.flag))
    return rows.filter(pl.all_horizontal(pl.lit(True), *conditions))


def choices() -> dict[str, list[str]]:
    """The values that each filter offers."""
    rows = frame(all_cards())
    return {"access": rows["access"].unique().sort().to_list(), "flag": [*MEANING, "none"]}


def html(address: Address, problems: Sequence[str] = ()) -> str:
    """The page of the card that the address names, else the list of cards."""
    cards = all_cards()
    if address.card in cards:
        return _card_page(cards[address.card], cards, address, problems)
    messages = [*problems, *([f"No dataset is named {address.card!r}: all datasets are shown."] if address.card else [])]
    rows = frame(cards)
    return render(
        "datasets.html",
        address=address.to(card=""),
        problems=messages,
        rows=matching(rows, address).to_dicts(),
        total=rows.height,
        meaning=MEANING,
    )


def _card_page(card: DatasetCard, cards: Mapping[str, DatasetCard], address: Address, problems: Sequence[str]) -> str:
    return render(
        "card.html",
        address=address,
        problems=problems,
        card=card,
        known=set(cards),
        flags=flags(card, cards),
        meaning=MEANING,
        facts=list(facts(card)),
        source=source_link(card),
        splits=[(split.name, split_text(card, split)) for split in card.splits],
        near=near(card),
    )


def facts(card: DatasetCard) -> Iterator[tuple[str, str, str]]:
    """Label, value and note of each fact on a card."""
    text, code = card.licence.text, card.licence.code
    yield "licence of the text", text.name, f"evidence: {text.evidence}. {text.note}".removesuffix(". ")
    yield "licence of the code", code.name, f"evidence: {code.evidence}. {code.note}".removesuffix(". ")
    yield "may be shown here", card.redistribute, card.redistribute_reason
    yield "access", card.access, ""
    yield "owner", card.owner, ""
    yield "consent", card.consent.basis, card.consent.note
    yield "origin", card.origin, ""
    yield "de-identification", card.deidentification.state, card.deidentification.note
    yield "languages", ", ".join(card.languages), ""
    yield "size", card.size, ""
    if reviewed := _reviewed(card):
        yield "reviewed", reviewed, ""
    yield "columns", ", ".join(card.columns) or "not recorded", ""
    yield "permitted uses", ", ".join(card.permitted_uses), ""
    yield "used for", card.use, ""
    yield "source", f"{card.source.kind} {card.source.id}", f"revision {card.source.revision or 'not pinned'}"
    yield "superseded by", card.superseded_by or "nothing", ""
    yield "status", card.standing, f"last checked {card.checked}"


def source_link(card: DatasetCard) -> str:
    """The address of a card's source, at the pinned revision where there is one; "" where it has none that can be opened."""
    source = card.source
    if source.kind == "hub":
        return f"{HUB}/datasets/{source.id}" + (f"/tree/{source.revision}" if source.revision else "")
    if not source.url or not source.url.startswith("https://"):
        return ""
    return f"{source.url}/tree/{source.revision}" if source.kind == "repository" and source.revision else source.url


def split_text(card: DatasetCard, split: Split) -> str:
    """The number of rows and files of a split, and its fingerprint, as one line of text."""
    rows = f"{split.rows} rows" if split.rows is not None else "rows not counted yet"
    try:
        files = len(files_of(card, split))
    except CardError:
        return f"{rows}; files without recorded checksums"
    return f"{rows}; {files} {'file' if files == 1 else 'files'}; {split.fingerprint or 'no fingerprint yet'}"


def near(card: DatasetCard) -> list[dict[str, Any]] | str:
    """Pairs of near-duplicates with other datasets, or a sentence that says why no pair is shown."""
    try:
        report = saved()
    except DataError as error:
        return str(error)
    if report is None:
        return "Not searched for on this machine; `counsel data duplicates` does it."
    if not any(split.startswith(f"{card.name}/") for split in report.compared):
        return "This dataset was not on the machine when near-duplicates were searched for."
    pairs = [_pair(card.name, pair) for pair in report.of(card.name)]
    return pairs or f"None with the other {len(report.compared)} splits compared."


def _pair(name: str, pair: Any) -> dict[str, Any]:
    swapped = pair.second == name
    mine, theirs = (pair.second_items, pair.first_items) if swapped else (pair.first_items, pair.second_items)
    examples = [(b, a, s) if swapped else (a, b, s) for a, b, s in pair.examples]
    return {"other": pair.first if swapped else pair.second, "mine": mine, "theirs": theirs, "examples": examples}
