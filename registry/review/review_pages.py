"""The review kit of a bank: a folder of pages for any browser, one an item, and the file of verdicts to fill in."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.review.bank_items import BankItem
from counsel_leaderboard.registry.review.checklist import HELP, checklist
from counsel_leaderboard.registry.review.outline import OutlineLine, outline
from counsel_leaderboard.registry.review.verdict_file import VERDICT_FILE, empty_file

STYLE: Final = (
    "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1rem}"
    ".help{border:2px solid;padding:.6rem}ul{padding-left:1.2rem}.text{white-space:pre-wrap}"
    "summary{cursor:pointer;font-weight:600;padding:.5rem 0}nav a{margin-right:1rem}"
    "@media(prefers-color-scheme:dark){body{background:#161616;color:#eee}a{color:#9cf}}"
)
HOW: Final = (
    f"Read each item by the checklist. The file {VERDICT_FILE} opens in any program for tables. Write your profession and the "
    "day above, and beside each item that you read one of: sound; change; remove. Say in the comment what is wrong. "
    "Items without a verdict count as not read. Save the file as CSV in UTF-8 and send it to the maintainers."
)


def write_kit(title: str, items: Sequence[BankItem], folder: Path, own_checklist: Path | None = None) -> None:
    """Write index, pages and the file of verdicts into `folder`, which must not be there; the bank's own checklist too, if any.

    Raises DataError if it is there, or for two items whose pages would have one name; OSError. Nothing is left behind then.
    """
    if folder.exists():
        raise DataError(f"{folder} is there already, and verdicts in it are not written over: name another folder with --into")
    with atomic.folder_beside(folder) as partial:
        pages = partial / "pages"
        pages.mkdir()
        for number, item in enumerate(items):
            neighbors = items[number - 1] if number else None, items[number + 1] if number + 1 < len(items) else None
            with (pages / f"{item.id}.html").open("x", encoding="utf-8") as page:
                page.write(_item_page(item, number + 1, len(items), *neighbors))
        own = own_checklist if own_checklist and own_checklist.is_file() else None
        if own:
            shutil.copyfile(own, pages / own.name)
        (pages / "index.html").write_text(_index(title, items, own.name if own else ""), encoding="utf-8")
        (pages / VERDICT_FILE).write_text(empty_file(items), encoding="utf-8-sig")
        pages.replace(folder)


def _page(title: str, *body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>\n"
        f'<p class="help" role="note">{_linked(HELP)}</p>\n<main>\n' + "\n".join(body) + "\n</main></body></html>\n"
    )


def _linked(text: str) -> str:
    address = "https://findahelpline.com"
    return escape(text).replace(address, f'<a href="{address}">{address}</a>')


def _points() -> str:
    return "<ul>" + "".join(f"<li><b>{escape(name)}.</b> {escape(text)}</li>" for name, text in checklist()) + "</ul>"


def _index(title: str, items: Sequence[BankItem], own_checklist: str) -> str:
    rows = "\n".join(
        f'<li><a href="{escape(item.id)}.html">{escape(item.id)}</a>'
        + (f" <small>content: {escape(item.content_note)}</small>" if item.content_note else "")
        + "</li>"
        for item in items
    )
    return _page(
        f"Review of {title}",
        f"<h1>Review of {escape(title)}</h1><p>{len(items)} items. {escape(HOW)}</p>",
        f'<p><a href="{VERDICT_FILE}">{VERDICT_FILE}</a></p><h2>Checklist</h2>{_points()}',
        f'<p>More on this bank: <a href="{own_checklist}">{own_checklist}</a></p>' if own_checklist else "",
        f"<h2>Items</h2><ol>\n{rows}\n</ol>",
    )


def _item_page(item: BankItem, number: int, total: int, before: BankItem | None, after: BankItem | None) -> str:
    links = [("index", "all items"), *((other.id, way) for other, way in ((before, "previous"), (after, "next")) if other)]
    nav = "<nav>" + "".join(f'<a href="{escape(name)}.html">{label}</a>' for name, label in links) + "</nav>"
    version = f", version {escape(item.version)}" if item.version else ""
    content = _nested(outline(item))
    if item.content_note:
        content = f"<details><summary>Show the item. It speaks of: {escape(item.content_note)}</summary>{content}</details>"
    return _page(
        item.id,
        f"{nav}<h1>{escape(item.id)}</h1><p>{escape(item.bank)}{version}; {number} of {total}; edition {item.edition}</p>",
        content,
        f"<details><summary>Checklist</summary>{_points()}</details>{nav}",
    )


def _nested(lines: Iterable[OutlineLine]) -> str:
    parts, depth = ["<ul>"], 0
    for line in lines:
        parts += ["<ul>"] * (line.depth - depth) + ["</ul>"] * (depth - line.depth)
        depth = line.depth
        parts.append(f'<li><b>{escape(line.label)}</b>: <span class="text">{escape(line.text)}</span></li>')
    return "\n".join([*parts, *["</ul>"] * (depth + 1)])
