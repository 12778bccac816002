"""A lot of items as one page of Markdown, with everything that is in them and a line to write a fault on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from counsel_leaderboard.registry.review.bank_items import BankItem
from counsel_leaderboard.registry.review.checklist import HELP, checklist
from counsel_leaderboard.registry.review.lot import strata
from counsel_leaderboard.registry.review.outline import outline


def reading_sheet(drawn: Sequence[BankItem], items: Sequence[BankItem], seed: int) -> str:
    """The sheet of the items `drawn` with `seed` from `items`: help, the lot by bank, checklist, items. Raises DataError."""
    pages = (line for number, item in enumerate(drawn, start=1) for line in _item(number, item))
    return "\n".join([*_head(drawn, items, seed), *pages])


def _head(drawn: Sequence[BankItem], items: Sequence[BankItem], seed: int) -> Iterator[str]:
    yield f"# {len(drawn)} items of the open banks, drawn by lot with seed {seed}\n"
    yield f"{HELP}\n"
    yield "| bank | file | items | drawn | versions of those drawn |\n|---|---|---|---|---|"
    of_lot = strata(drawn)
    for (bank, file), part in strata(items).items():
        mine = of_lot.get((bank, file), [])
        versions = ", ".join(sorted({item.version for item in mine} - {""})) or "-"
        yield f"| {bank} | {file} | {len(part)} | {len(mine)} | {versions} |"
    yield "\n## Checklist\n"
    yield from (f"- **{name}.** {text}" for name, text in checklist())
    yield "\nUnder each item write `none`, or the heading of the checklist and what is wrong. Labels can be wrong too."


def _item(number: int, item: BankItem) -> Iterator[str]:
    version = f", version {item.version}" if item.version else ""
    note = f"; content: {item.content_note}" if item.content_note else ""
    yield f"\n## {number}. {item.id}\n\n{item.bank}{version}{note}\n"
    for line in outline(item):
        indent = "  " * line.depth
        text = line.text.replace("\n", f"\n{indent}  ")
        yield f"{indent}- **{line.label}**: {text}".rstrip(" ")
    yield "\nFault:"
