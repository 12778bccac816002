"""Child process: chooses a free port, reports it, and becomes vLLM's server on that port."""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import signal
import socket

from counsel_leaderboard.registry.common import events

PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A port that no process listens on now; vLLM must be given one, since it cannot report which one it took."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def main() -> None:
    """Replace this process by the command in the first argument (a JSON list), with host and port appended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("argv", type=json.loads)
    args = parser.parse_args()
    # A thread that watches the parent would end at the exec; this setting of the kernel stays.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    port = free_port()
    events.send(events.Ready(address=f"http://127.0.0.1:{port}"))
    os.environ.pop(events.VARIABLE, None)  # vLLM itself writes no events
    os.execv(args.argv[0], [*args.argv, "--host", "127.0.0.1", "--port", str(port)])  # noqa: S606 - we built the list ourselves


if __name__ == "__main__":
    main()
