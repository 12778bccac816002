"""What holds for every test."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The tests start hundreds of child processes; without bytecode each of them would compile this project anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# There are at least as many pytest workers as cores: threads of their own would only wait for each other.
for _library in ("OMP", "OPENBLAS"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
os.environ.setdefault("POLARS_MAX_THREADS", "1")


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: it works while others wait for a child process or a deadline."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Keep what the imports and the collection left, half a gigabyte, out of every later garbage collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where tests store the vectors of the sentences that they embed: one folder for all workers of this run."""
    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "vectors"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def _interrupts_stay_ours() -> Iterator[None]:
    """Put back what Ctrl-C and SIGTERM do: a command run in a test takes them over and would end the worker later."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)
            if number == signal.SIGINT:
                signal.set_wakeup_fd(-1)
