"""How long tasks take to load and to build their requests, lm-eval's import aside.

COUNSEL_MIRROR=... python benchmarks/tasks_load.py
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from lm_eval.tasks import TaskManager

from counsel_leaderboard import tasks

PAIRS = (
    ("counsel_stigma", "open"),
    ("counsel_stigma", "upstream"),
    ("counsel_psyllm", "open"),
    ("counsel_psyllm", "upstream"),
    ("counsel_trajectory_rating", "open"),
    ("counsel_preference_rank", "open"),
)


def main() -> None:
    """One line for each task and source that can be loaded here."""
    os.environ.setdefault("COUNSEL_JUDGE", "none")
    for name, source in PAIRS:
        begun = time.perf_counter()
        manager = TaskManager(include_path=Path(tasks.__file__).parent, include_defaults=False, metadata={"source": source})
        task = manager.load([name])["tasks"][name]
        task.build_all_requests(apply_chat_template=True, chat_template=lambda turns, **_: json.dumps(turns))
        elapsed = time.perf_counter() - begun
        print(f"{name} ({source}): {len(task.eval_docs)} documents, {len(task.instances)} requests, {elapsed:.2f} s")


if __name__ == "__main__":
    main()
