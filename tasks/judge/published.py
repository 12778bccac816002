"""Verdicts that were published with stored replies, as the filter that a judge is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lm_eval.api.filter import Filter

from counsel_leaderboard.registry import recorded
from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.plan import Doc, replies, verdict

FIELD = "answer"


class PublishedVerdicts(Filter):  # type: ignore[misc]
    """Gives each reply of a recorded model the label that its source published for exactly this reply.

    A reply that is not the stored one gets none; a missing reply is not generated, whatever its label says. `record` names the
    labels as a judge of its own, whose rubric is whose replies it labelled.
    """

    def __init__(self, model: str, task: str) -> None:
        """Read the labels. Raises as `registry.recorded.comparable`."""
        super().__init__()
        answers, _ = recorded.comparable(model, task)
        self._labels = {(answer.item, answer.repeat): answer for answer in answers}
        _, source, recorded_model = recorded.find(model)
        labels = recorded.recording_of(recorded_model, task).labels
        revision = card(source.card).source.revision
        rubric = f"labels of {recorded_model.name}"
        self.record: dict[str, Any] | None = {"model": labels, "revision": revision, "rubric": rubric} if labels else None

    def apply(self, resps: Sequence[Sequence[str]], docs: Sequence[Doc]) -> list[str]:
        """One verdict, as JSON text, for each reply."""
        cleaned = replies(resps)
        return [verdict(reply, self._outcomes(reply.text, doc)) for reply, doc in zip(cleaned, docs, strict=True)]

    def _outcomes(self, text: str, doc: Mapping[str, Any]) -> list[CallOutcome] | None:
        stored = self._labels.get((doc["cluster"], doc["repeat"]))
        if stored is None or stored.verdict is None or clean(stored.reply or "").text != text:
            return None
        return [CallOutcome("judged", {FIELD: stored.verdict})]
