"""Tasks that exist in a test alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.manifests import Manifest, TaskInfo

MANIFEST: dict[str, Any] = {
    "version": "1.0",
    "label": "A made-up task",
    "question": "What is asked of nobody?",
    "area": "quality",
    "headline": "good",
    "metrics": {"good": {"range": [0, 1], "higher_is_better": True}},
    "rates": ["scored_rate"],
    "ranked": True,
    "suites": ["open"],
}


def made_task(name: str, **changes: Any) -> TaskInfo:
    """A task of that name whose manifest is MANIFEST with `changes`; its folder is nowhere."""
    return TaskInfo(name, Path("nowhere") / name / f"{name}.yaml", Manifest.model_validate({**MANIFEST, **changes}))


JUDGED = {"counsel_preference", "counsel_psyllm", "counsel_response"}


TASKS = JUDGED | {
    "counsel_preference_rank",
    "counsel_requests",
    "counsel_skills",
    "counsel_stigma",
    "counsel_stigma_plain",
    "counsel_trajectory_rating",
    "counsel_trajectory_reply",
}
PLAYED = {"counsel_crisis", "counsel_ctrs", "counsel_drift", "counsel_session"}
"""Tasks whose sessions the session server plays; all are judged."""
REPLAYED = {"recorded_sessions"}
"""Tasks of which only stored answers are replayed."""
