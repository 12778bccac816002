"""Which items a task runs on: the open bank by default, upstream data on request, never a mixture."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counsel_leaderboard import registry
from counsel_leaderboard.registry.common.errors import CounselError

OPEN = "open"
UPSTREAM = "upstream"
PRIVATE = "private"
"""Items of a host's own; a run on them is never stored on the board."""

Doc = dict[str, Any]
Build = Callable[[Sequence[Mapping[str, Any]]], list[Doc]]


class TaskSourceError(CounselError):
    """A task has no such source of items."""


@dataclass(frozen=True)
class TaskSuite:
    """One source of a task: the dataset card's name, how its rows become documents, and the split that is read.

    `covered` says of a document whether the headline covers it: those are the denominator of a full run.
    """

    card: str
    build: Build
    split: str = "test"
    covered: Callable[[Doc], bool] = lambda _doc: True


@dataclass(frozen=True)
class Items:
    """The documents of a run in their final order, and what the results record about their origin."""

    source: str
    dataset: dict[str, Any]
    docs: list[Doc]
    record: dict[str, Any] = field(default_factory=dict)
    """What else the scores depend on, such as a scorer's version; it goes into the task's metadata."""


def load(task: str, source: str, suites: Mapping[str, TaskSuite], missing: Mapping[str, str] | None = None) -> Items:
    """The documents of `task` from `source`.

    `missing` gives, for sources that people will ask for and that cannot exist, the reason why.
    Raises TaskSourceError for any other source; the registry's own errors say how to get data that is gated or absent.
    """
    if source not in suites:
        reason = (missing or {}).get(source, "no such source")
        raise TaskSourceError(f"{task}: source {source!r}: {reason}. Choose one of: {', '.join(suites)} (--metadata).")
    suite = suites[source]
    loaded = registry.load(suite.card, suite.split)
    docs = suite.build(loaded.rows)
    dataset = {
        "name": loaded.name,
        "split": loaded.split,
        "revision": loaded.revision,
        "fingerprint": loaded.fingerprint,
        "items": len(docs),
        "eligible": sum(map(suite.covered, docs)),
    }
    return Items(OPEN if source == OPEN else UPSTREAM, dataset, docs)


def from_file(task: str, source: str, file: Path, build: Build, covered: Callable[[Doc], bool] = lambda _doc: True) -> Items:
    """The documents that `build` makes of a JSON Lines file in the task's own folder: a bank that no dataset card describes.

    The suite is the open one. Raises TaskSourceError for another source, or a file that is not JSON Lines.
    """
    if source != OPEN:
        raise TaskSourceError(f"{task}: source {source!r}: its items are in its own folder. Choose: {OPEN} (--metadata).")
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, ValueError) as error:
        raise TaskSourceError(f"{file}: cannot be read as JSON Lines ({error}). Correct the file.") from error
    docs = build(rows)
    dataset = {
        "name": task,
        "split": "test",
        "revision": None,
        "fingerprint": registry.fingerprint(rows),
        "items": len(docs),
        "eligible": sum(map(covered, docs)),
    }
    return Items(OPEN, dataset, docs)
