"""What Ctrl-C does to a command: it ends within two seconds, with every process that it started, and says how to go on."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final

GRACE_SECONDS: Final = 1.5
EXIT_CODE: Final = 128 + signal.SIGINT
_SHOW_CURSOR: Final = "\x1b[?25h"
_PROCESSES: Final = Path("/proc")


class Interruption:
    """The first Ctrl-C raises KeyboardInterrupt, so that a command ends its engines and closes its files.

    If it is still there after GRACE_SECONDS, or at a second Ctrl-C, the process ends at once, and every process below it:
    threads that wait for an answer would otherwise keep it for minutes. What is stored is written so that this harms nothing.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self.message = f"counsel: interrupted; what was stored stays. To go on: {shlex.join(['counsel', *argv])}"
        self._lock, self._said, self._raised = threading.Lock(), False, False

    def arm(self) -> None:
        """Take over SIGINT, unless this process was started to ignore it. Call it in the main thread."""
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._interrupted)

    def say(self) -> None:
        """Print the message, once."""
        with self._lock:
            said, self._said = self._said, True
        if not said:
            sys.stderr.write(self.message + "\n")
            sys.stderr.flush()

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        if self._raised:
            self._end()
        self._raised = True
        timer = threading.Timer(GRACE_SECONDS, self._end)
        timer.daemon = True
        timer.start()
        raise KeyboardInterrupt

    def _end(self) -> None:
        for process in [*descendants(os.getpid())]:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        if sys.stderr.isatty():
            sys.stderr.write(_SHOW_CURSOR)
        self.say()
        os._exit(EXIT_CODE)


def descendants(parent: int) -> Iterator[int]:
    """The processes that `parent` started, and those below them; none where the system has no /proc."""
    parents: dict[int, list[int]] = {}
    for folder in _PROCESSES.glob("[0-9]*") if _PROCESSES.is_dir() else ():
        with suppress(OSError, ValueError, IndexError):
            # The name before it is in brackets and may hold anything.
            started_by = int((folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
            parents.setdefault(started_by, []).append(int(folder.name))
    waiting = list(parents.get(parent, ()))
    while waiting:
        process = waiting.pop()
        yield process
        waiting += parents.get(process, ())
