"""What a verdict says for the reply that is examined, as a number from 0 (all against it) to 1 (all for it)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.counsel_preference.task import outcome
from tasks.counsel_psyllm.task import DIMENSIONS

Answer = Mapping[str, Any]


def quality(answer: Answer) -> float:
    """Four dimensions: their mean, each divided by its highest score."""
    return sum(float(answer[name]) / top for name, top in DIMENSIONS.items()) / len(DIMENSIONS)


def favourable(answer: Answer, right: str) -> float:
    """A yes/no question: 1 if the judge gives the reply the answer that a sound one deserves."""
    return float(answer["answer"] == right)


def chosen(answer: Answer, place: str) -> float:
    """A comparison: 1 if the judge chose the reply at `place`, A or B; .5 for a tie."""
    return outcome(answer["choice"], place)
