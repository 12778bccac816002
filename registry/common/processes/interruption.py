"""What Ctrl-C does to a command: it ends within two seconds, with every process that it started, and says how to go on."""

from __future__ import annotations

import os
import select
import shlex
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Final

GRACE_SECONDS: Final = 1.0
EXIT_CODE: Final = 128 + signal.SIGINT
_SHOW_CURSOR: Final = b"\x1b[?25h"
_PROCESSES: Final = Path("/proc")


class Interruption:
    """The first Ctrl-C raises KeyboardInterrupt, so that a command ends its engines and closes its files.

    If it is still there after GRACE_SECONDS, or at a second Ctrl-C, the process ends at once, and every process below it:
    threads that wait for an answer would otherwise keep it for minutes. What is stored is written so that this harms nothing.
    A command with a handler of its own for SIGINT is left alone.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self.message = f"counsel: interrupted; what was stored stays. To go on: {shlex.join(['counsel', *argv])}"
        self._lock, self._printed, self._raised = threading.Lock(), False, False
        self._heard = socket.socketpair()

    def arm(self) -> None:
        """Take over SIGINT, unless this process was started to ignore it. Call it in the main thread."""
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            return
        signal.signal(signal.SIGINT, self._interrupted)
        for end in self._heard:
            end.setblocking(False)
        signal.set_wakeup_fd(self._heard[1].fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._watch, daemon=True).start()

    def say(self) -> None:
        """Print the message, once."""
        with self._lock:
            printed, self._printed = self._printed, True
        if not printed:
            # Not sys.stderr: the main thread may have been stopped inside it.
            os.write(2, (self.message + "\n").encode(errors="replace"))

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        if not self._raised:
            self._raised = True
            raise KeyboardInterrupt

    def _watch(self) -> None:
        """Count the signals, also while the main thread does not come to its handler."""
        ours = 0
        while True:
            select.select([self._heard[0]], [], [])
            for number in self._heard[0].recv(1024):
                if number == signal.SIGINT and signal.getsignal(number) == self._interrupted:
                    ours += 1
                    if ours == 1:
                        self._wake()
                    elif ours > 2:  # the second is `_wake`'s
                        self._end()

    def _wake(self) -> None:
        """Bring the main thread to its handler: polars' own handler has a system call start again instead of ending it."""
        timer = threading.Timer(GRACE_SECONDS, self._end)
        timer.daemon = True
        timer.start()
        signal.siginterrupt(signal.SIGINT, True)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def _end(self) -> None:
        for process in [*descendants(os.getpid())]:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        if os.isatty(2):
            os.write(2, _SHOW_CURSOR)
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
