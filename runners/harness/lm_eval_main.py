"""Child process: lm_eval's own command line, without the index of its built-in tasks.

Reading the 14,000 YAML files of that index takes eight seconds of a core at every start, and our tasks use none of them.
"""

from __future__ import annotations

from typing import Any

import lm_eval.tasks
from lm_eval.__main__ import cli_evaluate


class OwnTasks(lm_eval.tasks.TaskManager):  # type: ignore[misc]
    """A task manager of the folder in `--include_path` alone."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{**options, "include_defaults": False})


def main() -> None:
    """Run lm_eval with the arguments of this process."""
    lm_eval.tasks.TaskManager = OwnTasks
    cli_evaluate()


if __name__ == "__main__":
    main()
