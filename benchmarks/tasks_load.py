"""The time that tasks take to load and to build their requests, without lm-eval's import.

COUNSEL_MIRROR=DIR python benchmarks/tasks_load.py
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from lm_eval.tasks import TaskManager
from result_file import ResultFile, add_out_option

from counsel_leaderboard import tasks
from counsel_leaderboard.registry.common.errors import FetchError

PAIRS = (
    ("counsel_stigma", "open"),
    ("counsel_stigma", "upstream"),
    ("counsel_psyllm", "open"),
    ("counsel_psyllm", "upstream"),
    ("counsel_trajectory_rating", "open"),
    ("counsel_preference_rank", "open"),
)


def main() -> None:
    """A row for each task and source."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_out_option(parser, __file__)
    results = ResultFile("The time that tasks take to load", parser.parse_args().out)
    results.table("task", "source", "documents", "requests", "seconds")
    os.environ.setdefault("COUNSEL_JUDGE", "none")
    for name, source in PAIRS:
        start = time.perf_counter()
        manager = TaskManager(include_path=Path(tasks.__file__).parent, include_defaults=False, metadata={"source": source})
        try:
            task = manager.load([name])["tasks"][name]
        except FetchError as error:
            results.row(name, source, "", "", f"not loaded: {error}")
            continue
        task.build_all_requests(apply_chat_template=True, chat_template=lambda turns, **_: json.dumps(turns))
        elapsed = time.perf_counter() - start
        results.row(name, source, len(task.eval_docs), len(task.instances), f"{elapsed:.2f}")
    results.write()


if __name__ == "__main__":
    main()
