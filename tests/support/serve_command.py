"""`counsel serve` as a process of its own, for tests that need the real command."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

COUNSEL = [sys.executable, "-c", "from counsel_leaderboard.leaderboard.cli.main import main; main()"]


def start(home: Path, environment: Mapping[str, str] | None = None, stderr: int | None = None) -> subprocess.Popen[str]:
    """The server of that home at a free port; what it logs goes where this process logs unless `stderr` says otherwise."""
    return subprocess.Popen(
        [*COUNSEL, "serve", "--port", "0"], env={**os.environ, **(environment or {}), "COUNSEL_HOME": str(home)},
        stdout=subprocess.PIPE, stderr=stderr, text=True,
    )  # fmt: skip


def address_of(server: subprocess.Popen[str]) -> str:
    """Where it serves, from the first line that it prints."""
    assert server.stdout is not None
    printed = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
    assert printed is not None
    return printed[0]


@contextmanager
def serving(home: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a server that is ended with the block."""
    with start(home, environment) as server:
        yield address_of(server)
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)
