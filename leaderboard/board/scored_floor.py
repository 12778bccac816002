"""When a score is complete enough to be ranked."""

from __future__ import annotations

# A score with a smaller share of scored items is shown but not ranked.
SCORED_FLOOR = 0.95
