"""The child process that serves the stored answers of one model behind the OpenAI-compatible HTTP API."""

from __future__ import annotations

import argparse

from counsel_leaderboard.runners.engines.chat_server import serve
from counsel_leaderboard.runners.engines.parent_watch import end_with_parent
from counsel_leaderboard.runners.engines.recorded.replies import of_model


def main() -> None:
    """Serve the recorded model named on the command line, for the tasks named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--tasks", required=True)
    args = parser.parse_args()
    end_with_parent()
    serve(args.model, of_model(args.model, args.tasks.split(",")))


if __name__ == "__main__":
    main()
