"""Runs a module of ours in a child process with limits on memory, processor time, wall time and file size.

For what strangers send: whatever it does to its parser, this process neither grows nor waits. The child reads its order as JSON
from standard input and answers with one event (`registry.common.events`). No other program reads its standard error: where it
ends without an answer, the last lines are logged for the host.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.processes.child_environment import child_environment

ANSWER_BYTES: Final = 4 << 20
_log: Final = logging.getLogger(__name__)
# One thread each: every thread of these libraries reserves memory.
ONE_THREAD: Final = dict.fromkeys(
    ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_DEFAULT_MEMORY_POOL_THREADS"),
    "1",
)
# The limits are set by the child itself, first of all: code between fork and exec is not safe in a process with threads.
_START: Final = """\
import resource, runpy, sys
memory, seconds, size = map(int, sys.argv[1:4])
for name, most in (("RLIMIT_DATA", memory), ("RLIMIT_CPU", seconds), ("RLIMIT_FSIZE", size), ("RLIMIT_CORE", 0)):
    kind = getattr(resource, name)
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))
module = sys.argv[4]
sys.argv = [module]
runpy.run_module(module, run_name="__main__")
"""


class LimitError(CounselError):
    """The child was ended, or ended itself, without an answer: what it was given needs more than the limits."""


@dataclass(frozen=True)
class ChildLimits:
    """Bytes of memory, seconds of processor time and of wall time, and bytes of the largest file that it may write."""

    memory: int = 3 << 30
    processor_s: int = 120
    wall_s: int = 240
    file: int = 1 << 30


ChildRun = Callable[[str, str, ChildLimits], events.Event]
"""What `run` is: how a module of ours answers an order."""


def run(module: str, order: str, limits: ChildLimits) -> events.Event:
    """The last event of `module`, run as a program with the text `order` on its standard input. Raises LimitError.

    Its environment is that of every child, `child_environment`, and it fetches nothing: a stranger's upload makes this
    server ask nobody.
    """
    with tempfile.TemporaryDirectory(prefix="counsel-") as folder:
        stream, errors = Path(folder) / "events", Path(folder) / "errors"
        command = [sys.executable, "-P", "-c", _START, *map(str, (limits.memory, limits.processor_s, limits.file)), module]
        environment = child_environment({**ONE_THREAD, "COUNSEL_OFFLINE": "1", events.VARIABLE: str(stream)})
        try:
            with errors.open("wb") as written:
                ended = subprocess.run(
                    command, input=order, text=True, encoding="utf-8", env=environment, timeout=limits.wall_s,
                    stdout=subprocess.DEVNULL, stderr=written, check=False,
                )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise LimitError(f"takes more than {limits.wall_s} seconds") from error
        if ended.returncode != 0:
            _log.warning("%s ended with code %s: %s", module, ended.returncode, _last(errors))
        return _answer(stream, ended.returncode, limits)


def _last(errors: Path, most: int = 2000) -> str:
    with errors.open("rb") as written:
        written.seek(max(0, errors.stat().st_size - most))
        return written.read().decode("utf-8", "replace")


def _answer(stream: Path, code: int, limits: ChildLimits) -> events.Event:
    if code == 0 and stream.is_file() and stream.stat().st_size <= ANSWER_BYTES:
        try:
            *_, last = events.read_events(stream)
        except ValueError as error:
            raise LimitError("could not be read") from error
        return last
    raise LimitError(
        f"needs more than {limits.memory >> 20} MiB of memory, {limits.processor_s} seconds of processor time or "
        f"{limits.file >> 20} MiB for a file"
    )
