"""The samples of a task as rows: what was asked and answered, as the JSON texts that readers get."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from counsel_leaderboard.leaderboard.runs.lm_eval_output import Sample
from counsel_leaderboard.leaderboard.runs.read import TaskRun
from counsel_leaderboard.registry.scoring.aggregate import ScoredItem

# `json.dumps` with options makes an encoder a call, and a run has five texts a sample.
_ENCODED = json.JSONEncoder(ensure_ascii=False).encode


def sample_rows(run_id: str, task: TaskRun, headline: Mapping[str, ScoredItem]) -> list[dict[str, Any]]:
    """One row a sample of `task` in document order, for the table `samples`; `headline` gives an item's value by its id."""
    return [_row(run_id, task, sample, position, headline.get(sample.doc.id)) for position, sample in enumerate(task.samples)]


def _row(run_id: str, task: TaskRun, sample: Sample, position: int, score: ScoredItem | None) -> dict[str, Any]:
    prompts, answer = sample.prompts(), _text(sample.answers())
    return {
        "run_id": run_id,
        "task": task.name,
        "item_id": sample.doc.id,
        "position": position,
        **sample.doc.model_dump(include={"cluster", "stratum", "dataset", "content_note", "risk"}),
        "score": score.value if score else None,
        "doc": _text(sample.doc.model_dump()),
        "prompt": None if prompts is None else _text(prompts),
        "target": _text(sample.target),
        "answer": answer,
        "verdict": _text(sample.verdicts()) if task.metadata.judged else None,
        "metrics": _text(sample.metric_values()),
        "answer_hash": "sha256:" + hashlib.sha256(answer.encode()).hexdigest(),
    }


def _text(value: Any) -> str:
    # Not `canonical`: a run's own documents keep the order of their keys, which is what a reader expects to see.
    return _ENCODED(value)
