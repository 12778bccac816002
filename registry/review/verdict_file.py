"""The file that a reviewer fills in: a table for any spreadsheet, with the reviewer above and a line for each item."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.review.bank_items import BankItem
from counsel_leaderboard.registry.review.reviews import ROLES, VERDICTS, ItemReview

VERDICT_FILE: Final = "verdicts.csv"
LARGEST: Final = 8 * 2**20
SHOWN: Final = 20
HEADS: Final = ("role", "date", "name")
COLUMNS: Final = ("item", "edition", "verdict", "comment")


def empty_file(items: Iterable[BankItem]) -> str:
    """The text of the file for these items, nothing filled in."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(("role", "", f"your profession: {', '.join(ROLES)}"))
    lines.writerow(("date", "", "the day of your review, like 2026-11-28"))
    lines.writerow(("name", "", "how you would like to be named, or nothing"))
    lines.writerow(COLUMNS)
    lines.writerows((item.id, item.edition, "", "") for item in items)
    return out.getvalue()


def read_verdicts(path: Path, items: Sequence[BankItem]) -> list[ItemReview]:
    """The verdicts of a file that was filled in for `items`; lines without a verdict are left out.

    Raises DataError that names every fault with its line: role or date missing, an item or a verdict that is unknown, a verdict
    on an older text, a comment that is missing, an item twice. Nothing is read then.
    """
    table = list(_table(path))
    heads = {name: value for name, (_, value) in _heads(path, table).items()}
    faults = [*_faults_of_reviewer(heads)]
    known, reviews, seen = {item.id: item for item in items}, [], set[str]()
    for number, row in table[len(HEADS) + 1 :]:
        id_, edition, verdict, comment = (*(cell.strip() for cell in row[:4]), "", "", "", "")[:4]
        if not any((id_, verdict, comment)) or (id_ and not verdict and not comment):
            continue
        fault = _fault(known.get(id_), id_, edition, verdict.lower(), comment) or (f"{id_} stands twice" if id_ in seen else "")
        seen.add(id_)
        if fault:
            faults.append(f"line {number}: {fault}")
        elif not faults:
            reviews.append(_review(known[id_], verdict.lower(), comment, heads))
    if not seen:
        faults.append(f"no verdict is filled in: write one of {', '.join(VERDICTS)} beside an item")
    if faults:
        more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise DataError(f"{path} was not merged, nothing is stored. {'; '.join(faults[:SHOWN])}{more}")
    return reviews


def _table(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path} is larger than {LARGEST // 2**20} MiB and so is no file of verdicts")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8: save it as CSV in UTF-8") from error
    delimiter = next((mark for mark in (",", ";", "\t") if text.startswith(f"role{mark}")), ",")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in lines:
            if any(cell.strip() for cell in row):
                yield lines.line_num, row
    except csv.Error as error:
        raise DataError(f"{path}, line {lines.line_num}, is no line of a table: {error}") from error


def _heads(path: Path, table: Sequence[tuple[int, list[str]]]) -> dict[str, tuple[int, str]]:
    above = {row[0].strip(): (number, row[1].strip() if len(row) > 1 else "") for number, row in table[: len(HEADS)]}
    columns = tuple(cell.strip() for cell in table[len(HEADS)][1][:4]) if len(table) > len(HEADS) else ()
    if tuple(above) != HEADS or columns != COLUMNS:
        raise DataError(
            f"{path} is no file of verdicts: its lines begin with {', '.join(HEADS)} and then {', '.join(COLUMNS)}, as "
            "`counsel data review BANK` writes them"
        )
    return above


def _faults_of_reviewer(heads: dict[str, str]) -> Iterator[str]:
    role, day = heads["role"], heads["date"]
    if role.lower() not in ROLES:
        yield f"the role is {'missing' if not role else f'{role!r}'}: write one of {', '.join(ROLES)} beside `role`"
    try:
        given = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        yield f"the date is {'missing' if not day else f'{day!r}'}: write the day like 2026-11-28 beside `date`"
    else:
        if given.isoformat() != day or given > datetime.now(UTC).date():
            yield f"the date {day!r} is not a day until today, written like 2026-11-28"


def _fault(item: BankItem | None, id_: str, edition: str, verdict: str, comment: str) -> str:
    if item is None:
        return f"no item of this bank is called {id_!r}" if id_ else "a verdict or comment without an item"
    if verdict not in VERDICTS:
        given = f"the verdict {verdict!r}" if verdict else "a comment and no verdict"
        return f"{id_} has {given}: write one of {', '.join(VERDICTS)}"
    if edition != item.edition:
        return f"{id_} was read in an older version ({edition or 'none given'}, now {item.edition}): read it again"
    if verdict != "sound" and not comment:
        return f"{id_} has the verdict {verdict!r} without a comment: write what is wrong"
    return ""


def _review(item: BankItem, verdict: str, comment: str, heads: dict[str, str]) -> ItemReview:
    values = {"item": item.id, "edition": item.edition, "version": item.version, "verdict": verdict, "comment": comment}
    try:
        return ItemReview.model_validate(values | heads | {"role": heads["role"].lower()})
    except ValidationError as error:
        first = error.errors()[0]
        raise DataError(
            f"the review of {item.id} is not valid, nothing is stored: {first['loc'][-1]}: {first['msg']}"
        ) from error
