"""When a score is complete enough to be ranked."""

from __future__ import annotations

# Below this share of scored items a score is shown and not ranked.
SCORED_FLOOR = 0.95
