"""Start file of a Hugging Face Space: the server at port 7860, its store on the Space's persistent disk where there is one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

DISK = Path("/data")


def main() -> None:
    """Serve until the Space is stopped; a CounselError becomes one message and its exit code."""
    # A Space installs what is required and runs this file: the packages beside `space` are found from the repository's root.
    # Python puts this folder first, whose html.py would be what other packages import as `html`.
    folder = Path(__file__).resolve().parent
    sys.path[:] = [str(folder.parent), *(entry for entry in sys.path if Path(entry).resolve() != folder)]
    if "COUNSEL_HOME" not in os.environ and DISK.is_dir():
        os.environ["COUNSEL_HOME"] = str(DISK / "counsel")
    from counsel_leaderboard.registry.common.errors import CounselError
    from counsel_leaderboard.registry.common.paths import home
    from counsel_leaderboard.registry.common.processes.startup import prepare_process
    from counsel_leaderboard.space.server.launch import launch
    from counsel_leaderboard.space.settings import SpaceSettings

    prepare_process()
    try:
        launch(home(), "0.0.0.0", SpaceSettings.read().port, print)  # noqa: S104 - a Space's proxy asks from outside
    except CounselError as error:
        print(f"counsel: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
