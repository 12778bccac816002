"""A task of the overall order in a folder of its own, with what its reference panel showed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

PANEL = {
    "dataset": "open-stigma",
    "fingerprint": "sha256:" + "0" * 64,
    "known": "the right letter",
    "unknown": "another letter",
    "scores": {"100%": 1.0, "80%": 0.98, "0%": 0.0},
    "resolvable": 0.3,
    "resolvable_by_cluster": 0.4,
    "saturated": "ceiling",
}


def write_task(folder: Path, *, area: str = "stigma_response", panel: dict[str, Any] | None = None, name: str = "toy") -> Path:
    """Write the task NAME into `folder`, for $COUNSEL_TASKS; the folder's `areas.yml` adds its area if it is none of ours."""
    task = folder / name
    task.mkdir(parents=True)
    metadata = {
        "version": "1.0",
        "label": "A toy",
        "question": "Is this a toy?",
        "area": area,
        "headline": "good",
        "metrics": {"good": {"range": [0, 1], "higher_is_better": True}},
        "rates": ["scored_rate"],
        "ranked": True,
        "overall": True,
        "suites": ["open"],
    }
    (task / f"{name}.yaml").write_text(yaml.safe_dump({"task": name, "metadata": metadata}))
    (task / "panel.json").write_text(json.dumps({**PANEL, **(panel or {})}))
    if area == "play":
        (folder / "areas.yml").write_text("play: Play\n")
    return task
