"""Which tasks a model must have before it enters the overall order, and when a score is complete enough to be ranked."""

from __future__ import annotations

from typing import Literal

Source = Literal["open", "upstream"]

# The four areas weigh the same. counsel_response has no upstream items, so that suite does without it.
OVERALL: dict[Source, tuple[str, ...]] = {
    "open": (
        "counsel_psyllm",
        "counsel_trajectory_rating",
        "counsel_stigma",
        "counsel_response",
        "counsel_preference",
        "counsel_preference_rank",
    ),
    "upstream": (
        "counsel_psyllm",
        "counsel_trajectory_rating",
        "counsel_stigma",
        "counsel_preference",
        "counsel_preference_rank",
    ),
}

# Below this share of scored items a score is shown and not ranked.
SCORED_FLOOR = 0.95
