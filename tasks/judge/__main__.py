"""`python -m tasks.judge FOLDER`: judge a stored run in place."""

from __future__ import annotations

import sys
from pathlib import Path

from registry.errors import CounselError
from tasks.judge.rejudge import rejudge

USAGE = "usage: python -m tasks.judge FOLDER (an lm-eval run made with --log_samples)"


def main(arguments: list[str]) -> int:
    """Exit code 0 once the run is rewritten; 1 with a message, and the run as it was, otherwise; 2 for a wrong call."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 2
    try:
        done = rejudge(Path(arguments[0]))
    except CounselError as error:
        print(f"tasks.judge: {error}", file=sys.stderr)
        return error.exit_code
    for task in done:
        value = "no score" if task.value is None else f"{task.value:.4f}"
        print(f"{task.task}: {task.headline} {value}; {task.calls} calls, {task.without_verdict} without verdict")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
