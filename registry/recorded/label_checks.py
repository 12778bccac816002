"""Replies whose published label two people checked: rows with the label and one label of each person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.recorded.answer_files import RecordError, Row, text
from counsel_leaderboard.registry.recorded.answer_files import rows as file_rows
from counsel_leaderboard.registry.recorded.catalog import source as source_of
from counsel_leaderboard.registry.recorded.loading import obtain_file
from counsel_leaderboard.registry.recorded.schema import LabelCheck
from counsel_leaderboard.registry.sources.loading import require_split

PERSON: Final = re.compile(r"^annotator_\d+_classification$")
MISSING: Final = frozenset({"", "nan", "none"})


@dataclass(frozen=True)
class Check:
    """One file of checked labels: the card and path of the file, the labels' name, whose replies they label, the task."""

    card: str
    path: str
    split: str
    labels: str
    model: str
    task: str


@dataclass(frozen=True)
class CheckedReply:
    """One reply with its published label and each person's; its own cluster, since the suite's stimuli are a fixed set."""

    cluster: str
    label: str
    people: tuple[str, ...]


def checks(source: str) -> list[Check]:
    """The files of checked labels of a source. Raises CardError."""
    entry = source_of(source)
    card_ = card(entry.card)
    return [_check(entry.card, require_split(card_, check.split).files[0].path, check) for check in entry.label_checks]


def _check(name: str, path: str, check: LabelCheck) -> Check:
    return Check(name, path, check.split, check.labels, check.model, check.task)


def obtain(check: Check, deadline: float | None) -> Path:
    """The file on this machine, fetched until `deadline` where it must be. Raises as `loading.obtain_file`."""
    card_ = card(check.card)
    return obtain_file(card_, require_split(card_, check.split).files[0], deadline)[0]


def rows(check: Check) -> list[CheckedReply]:
    """The rows that every person labelled. Raises RecordError, and FetchError where the file is not on this machine."""
    path = obtain(check, None)
    checked = []
    for number, row in file_rows(check.path, path):
        people = _people(check.path, number, row)
        if all(label not in MISSING for label in people):
            checked.append(CheckedReply(text(check.path, number, row, "key"), _label(check, number, row), people))
    if not checked:
        raise RecordError(f"{check.path}: no reply in it was labelled by every person. The file is not used")
    return checked


def _people(path: str, number: int, row: Row) -> tuple[str, ...]:
    names = sorted(name for name in row if PERSON.match(name))
    if len(names) < 2:
        raise RecordError(f"{path}, row {number}: holds the labels of {len(names)} people, and two are compared at least")
    return tuple(str(row[name]).strip().casefold() for name in names)


def _label(check: Check, number: int, row: Row) -> str:
    labeller = check.labels.partition(": ")[2]
    return text(check.path, number, row, f"{labeller}_classification").strip().casefold()
