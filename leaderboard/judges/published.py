"""Cards of published labels: how well a labeller whose verdicts were published agrees with people on replies of its source.

A published verdict is a judge of its own name, `published: ...`, whose rubric says whose replies it labelled. It sits no exam;
its card compares it with people instead, and holds for the replies that they read alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict

from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.statistics.agreement import fleiss_kappa
from counsel_leaderboard.leaderboard.statistics.intervals import intervals
from counsel_leaderboard.registry.common import atomic

PREFIX: Final = "published: "
FOLDER: Final = Path("judges") / "published"
PEOPLE: Final = 2
REPLIES: Final = 90
FLOOR: Final = 0.80


class PublishedCard(BaseModel):
    """One labeller beside people: on `replies` replies in `clusters` clusters that each of `people` people labelled too.

    `agreement`: the mean share of people who gave a reply the labeller's label, with a 95% interval over clusters. `kappa`:
    Fleiss' kappa of the labeller and the people, None where it is not defined. `of`: whose replies these are, as the rubric.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    judge: str
    revision: str | None
    task: str
    of: str
    file: str
    people: int
    replies: int
    clusters: int
    agreement: float
    low: float | None
    high: float | None
    kappa: float | None

    @property
    def qualifies(self) -> bool:
        """Whether the agreement is with enough people on enough replies, and its lower limit high enough."""
        return self.people >= PEOPLE and self.replies >= REPLIES and self.low is not None and self.low >= FLOOR


class Labelled(BaseModel):
    """A reply with its labels: the cluster that it belongs to, the labeller's label, and one of each person."""

    cluster: str
    label: str
    people: tuple[str, ...]


def measured(judge: str, revision: str | None, task: str, of: str, file: str, rows: Sequence[Labelled]) -> PublishedCard:
    """The card of a labeller from its rows, each labelled by the same number of people."""
    shares = [float(np.mean([label == row.label for label in row.people])) for row in rows]
    items = pl.DataFrame(
        {
            "run_id": judge,
            "task": task,
            "metric": "agreement",
            "stratum": "all",
            "cluster": [row.cluster for row in rows],
            "item": [str(number) for number in range(len(rows))],
            "value": shares,
            "weight": 1.0,
        }
    )
    rule = {"task": task, "metric": "agreement", "combine": "items", "higher_is_better": True, "lo": 0.0, "hi": 1.0}
    score = intervals(items, pl.DataFrame([rule])).row(0, named=True)
    return PublishedCard(
        judge=judge, revision=revision, task=task, of=of, file=file, people=len(rows[0].people), replies=len(rows),
        clusters=len({row.cluster for row in rows}), agreement=score["value"], low=score["low"], high=score["high"],
        kappa=_kappa(rows),
    )  # fmt: skip


def _kappa(rows: Sequence[Labelled]) -> float | None:
    labels = sorted({label for row in rows for label in (row.label, *row.people)})
    if len(labels) < 2:
        return None
    return fleiss_kappa([[(row.label, *row.people).count(label) for label in labels] for row in rows])


def save(card: PublishedCard, home: Path) -> Path:
    """Write the card into the home folder, in the place of an older one of the same labels."""
    name = re.sub(r"[^a-z0-9]+", "-", f"{card.judge} {card.of}".casefold()).strip("-")
    path = home / FOLDER / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, card.model_dump_json(indent=1) + "\n")
    return path


def files(home: Path) -> list[Path]:
    """The files of a home folder's cards of published labels."""
    return sorted((home / FOLDER).glob("*.json"))


def cards(home: Path) -> tuple[PublishedCard, ...]:
    """The cards of published labels in a home folder."""
    return tuple(PublishedCard.model_validate_json(path.read_bytes()) for path in files(home))


def reason(known: Sequence[PublishedCard], task: str, judge: str, rubric: str | None) -> Reason | None:
    """Why a score by published labels may not be ranked; None where people checked them on these very replies."""
    name: Mapping[str, str] = {"labels": judge}
    own = [card for card in known if card.judge == judge and card.task == task]
    if not own:
        return Reason(Code.LABELS_UNCHECKED, name)
    checked = next((card for card in own if card.of == rubric), None)
    if checked is None:
        return Reason(Code.LABELS_CHECKED_ELSEWHERE, {**name, "of": own[0].of})
    if not checked.qualifies:
        counts = {"people": checked.people, "replies": checked.replies, "low": checked.low if checked.low is not None else 0.0}
        return Reason(Code.LABELS_DISAGREE_WITH_PEOPLE, {**name, **counts})
    return None
