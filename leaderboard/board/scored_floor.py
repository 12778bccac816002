"""When a score is complete enough to be ranked."""

from __future__ import annotations

# A score with a smaller share of scored items is shown but not ranked.
SCORED_FLOOR = 0.95

# Of recorded answers to questions that allow "do not know": the share that needs a value, and SCORED_FLOOR need an answer.
CODED_FLOOR = 0.80
