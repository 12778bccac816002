"""The child process that serves one control behind the OpenAI-compatible HTTP API."""

from __future__ import annotations

import argparse

from counsel_leaderboard.runners.engines.chat_server import serve
from counsel_leaderboard.runners.engines.controls.scripts import CONTROLS
from counsel_leaderboard.runners.engines.parent_watch import end_with_parent


def main() -> None:
    """Serve the control named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", required=True, choices=sorted(CONTROLS))
    args = parser.parse_args()
    end_with_parent()
    control = CONTROLS[args.control]
    serve(control.name, lambda body: control.answer(body["messages"]))


if __name__ == "__main__":
    main()
