"""The judge that published labels make, and its card."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from counsel_leaderboard.leaderboard.judges import published
from counsel_leaderboard.leaderboard.judges.published import Labelled, PublishedCard
from counsel_leaderboard.leaderboard.specs.run_request import JudgeSpec
from counsel_leaderboard.registry import card
from counsel_leaderboard.registry.recorded import label_checks
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, JudgingError


@dataclass(frozen=True)
class PublishedJudge:
    """Labels that a source published with its replies; `revision` is the source's commit. Nobody can be asked again."""

    model: str
    revision: str | None

    def record(self) -> JudgeSpec:
        """As a run records it."""
        return JudgeSpec(model=self.model, revision=self.revision)

    def serving(self) -> AbstractContextManager[JudgeAddress]:
        """Raises JudgingError: the labels are read with the replies."""
        return _refuse(self.model)


def _refuse(name: str) -> NoReturn:
    raise JudgingError(f"{name} are labels that were published; they judge no other reply. Name a judge that can be asked.")


def write_cards(source: str, tasks: Collection[str], home: Path) -> list[PublishedCard]:
    """Measure and store the cards of a source's labels in these tasks, from the rows that people labelled too.

    Raises CounselError, FetchError where the file of those rows is not on this machine.
    """
    cards = []
    for check in label_checks.checks(source):
        if check.task not in tasks:
            continue
        rows = [Labelled(cluster=row.cluster, label=row.label, people=row.people) for row in label_checks.rows(check)]
        revision = card(check.card).source.revision
        measured = published.measured(check.labels, revision, check.task, f"labels of {check.model}", check.path, rows)
        published.save(measured, home)
        cards.append(measured)
    return cards
