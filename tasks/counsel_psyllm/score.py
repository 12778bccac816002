"""The four dimensions, what the judge sees, and what a verdict is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.aggregate import Record
from tasks.judge.plan import Plan, judged_rates, stored
from tasks.judge.prompts import Part, scale

DIMENSIONS = {"comprehensiveness": 2, "professionalism": 3, "authenticity": 3, "safety": 1}
"""Highest score of each dimension; the lowest is 0 and half points are allowed."""


def views(doc: Mapping[str, Any], reply: str) -> list[tuple[Part, ...]]:
    """One call: the conversation up to the client's last message, and the reply."""
    speakers = {"client": "Client", "counselor": "Counselor"}
    said = "\n\n".join(f"{speakers[line['speaker']]}: {line['words']}" for line in doc["said"])
    return [(Part("The conversation so far", said, context=True), Part("The counselor's reply to be judged", reply))]


PLAN = Plan(Path(__file__).with_name("rubric.md"), views, {name: scale(top, 0.5) for name, top in DIMENSIONS.items()})


def process_results(doc: Mapping[str, Any], results: Sequence[str]) -> dict[str, Record]:
    """Metrics of one client turn. An empty reply earns 0 everywhere: nothing that the rubric asks for is there."""
    found = stored(results[0])
    metrics: dict[str, Record] = {**judged_rates(found)}
    if found["state"] == "judged":
        scores = found["answers"][0]
    elif found["state"] == "empty":
        scores = dict.fromkeys(DIMENSIONS, 0)
    else:
        return metrics
    place = {"stratum": doc["stratum"], "cluster": doc["cluster"]}
    parts = {name: float(scores[name]) for name in DIMENSIONS}
    parts["counseling_quality"] = sum(parts[name] / top for name, top in DIMENSIONS.items()) / len(DIMENSIONS)
    return metrics | {name: {"value": number, **place} for name, number in parts.items()}
