"""Processes that a test starts or watches."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from counsel_leaderboard.leaderboard.store.database import Store
with Store.open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


def runs(pid: int) -> bool:
    """Whether the process is alive; one that only waits to be reaped is not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")


def children_of(pid: int, module: str) -> list[int]:
    """Ids of the child processes of `pid` that run a Python module."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    rows = (line.split(None, 1) for line in listed.splitlines())
    return [int(child) for child, argv in rows if f"-m {module} " in f"{argv} "]


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while runs(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.05)


@contextmanager
def holding_the_store(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the home's store open until the block ends."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"open\n"
        yield owner
        owner.communicate()
