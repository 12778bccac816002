"""What the panel's candidates get for each item, by the task's own code."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.tasks.common.aggregate import Record, item
from counsel_leaderboard.tasks.common.order import Doc
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.verdict_parser import checked
from counsel_leaderboard.tasks.panel.candidates import AnswerKey

SHARES = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
"""The qualities of the panel: the share of items that a candidate knows."""

Unit = tuple[str, int]


@dataclass(frozen=True)
class PanelScorer:
    """Scores candidates of one task by its key. A document that several of them know alike is scored once."""

    task: str
    key: AnswerKey
    _known: dict[tuple[str, tuple[bool, ...]], Record | None] = field(default_factory=dict)

    def item_frame(self, candidates: Mapping[str, float], *, whole_clusters: bool = False) -> pl.DataFrame:
        """The headline of each candidate, item by item, as `statistics.score_matrix` takes it.

        candidates: by name, the share of units that each knows, rounded to whole ones. Which ones follows from its name, and
        from no other candidate. whole_clusters: it knows all of a cluster or nothing.
        """
        return pl.DataFrame([row for name, share in candidates.items() for row in self._rows(name, share, whole_clusters)])

    def _rows(self, name: str, share: float, whole_clusters: bool) -> list[dict[str, Any]]:
        headline = catalog()[self.task].manifest.headline
        units = {doc["id"]: self._units(doc, whole_clusters) for doc in self.key.items.docs}
        known = drawn({unit for of_doc in units.values() for unit in of_doc}, share, name)
        rows = []
        for doc in self.key.items.docs:
            record = self._record(doc, headline, tuple(unit in known for unit in units[doc["id"]]))
            if record is None:
                continue
            scored, groups = item(record), record if isinstance(record, Mapping) else {}
            rows.append(
                {
                    "run_id": name,
                    "task": self.task,
                    "metric": headline,
                    "stratum": str(groups.get("stratum", doc["stratum"])),
                    "cluster": str(groups.get("cluster", doc["cluster"])),
                    "item": doc["id"],
                    "value": scored.value,
                    "weight": scored.weight,
                }
            )
        return rows

    def _units(self, doc: Doc, whole_clusters: bool) -> list[Unit]:
        count = range(self.key.units(doc))
        return [(doc["cluster"], 0) for _ in count] if whole_clusters else [(doc["id"], unit) for unit in count]

    def _record(self, doc: Doc, headline: str, knows: tuple[bool, ...]) -> Record | None:
        at = (doc["id"], knows)
        if at not in self._known:
            self._known[at] = self.key.process_results(doc, _results(self.key, doc, knows)).get(headline)
        return self._known[at]


def drawn(units: Collection[Unit], share: float, name: str) -> set[Unit]:
    """The units that a candidate knows: `share` of them, by an order that follows from its name alone."""
    order = sorted(units, key=lambda unit: hashlib.sha256(f"{name}/{unit[0]}/{unit[1]}".encode()).digest())
    return set(order[: round(share * len(units))])


def _results(key: AnswerKey, doc: Doc, knows: Sequence[bool]) -> list[str]:
    """What `process_results` takes: the raw answers, or the one verdict on them."""
    answers = key.answers(doc, knows)
    if key.plan is None or key.judge is None:
        return answers
    raw = answers[0]
    calls = key.plan.questions(doc, key.plan.read(raw))
    outcomes = [CallOutcome("judged", checked(key.judge(call), call.schema)) for call in calls]
    return [key.plan.verdict(doc, raw, outcomes)]
