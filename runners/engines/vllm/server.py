"""Child process: takes a free port, says which, and becomes vLLM's server there."""

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
    """A port that no process listens on now. vLLM cannot say which one it took, so it is told."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def main() -> None:
    """Become the command that the first argument holds as a JSON list, with its address at the end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("argv", type=json.loads)
    args = parser.parse_args()
    # A thread that watches the parent would not outlive the exec; the kernel's own watch does.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    port = free_port()
    events.tell(events.Ready(address=f"http://127.0.0.1:{port}"))
    os.environ.pop(events.VARIABLE, None)  # vLLM is no child of ours that has something to say
    os.execv(args.argv[0], [*args.argv, "--host", "127.0.0.1", "--port", str(port)])  # noqa: S606 - a list of our own making


if __name__ == "__main__":
    main()
