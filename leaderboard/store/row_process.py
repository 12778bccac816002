"""A child process that turns stored run folders into rows; its environment is the listed one of every child.

Run as a program it reads orders from its input and writes what it answers to its output, until the input ends: also when the
process that started it is gone. What goes through the two pipes is pickled, by us on both ends.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.registry.common.processes.child_environment import child_environment

Work = Callable[[Path], Any]
STOP_SECONDS = 10.0


class RowProcess:
    """A child that does `work` on the folders that it is given, one after another. `work` must be one that can be pickled."""

    def __init__(self, work: Work) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment()
        )
        self._send(work)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        # The end of its input ends it.
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:  # what was still to be sent to a child that is gone
                    continue
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def ask(self, folder: Path) -> Any:
        """What `work` gives for that folder; raises what `work` raises, and StorageError where the child is gone."""
        self._send(folder)
        try:
            error, answer = pickle.load(self._process.stdout)  # type: ignore[arg-type]  # noqa: S301 - our own child's
        except (EOFError, OSError, pickle.UnpicklingError) as gone:
            raise self._gone(folder) from gone
        if error is not None:
            raise error
        return answer

    def _send(self, value: Any) -> None:
        try:
            pickle.dump(value, self._process.stdin)  # type: ignore[arg-type]
            self._process.stdin.flush()  # type: ignore[union-attr]
        except OSError as gone:
            raise self._gone(value) from gone

    def _gone(self, value: object) -> StorageError:
        code = self._process.wait()
        return StorageError(
            f"{value}: the process that read it ended (exit code {code}), perhaps for want of memory. "
            "Its last lines, if it had any, are above. Free memory and try again."
        )


def serve(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer the orders of a RowProcess until they end."""
    work: Work = pickle.load(orders)  # noqa: S301 - our own parent's
    # A folder is a hundred thousand objects: the collector comes often, and need not look through the imports each time.
    gc.freeze()
    while True:
        try:
            folder: Path = pickle.load(orders)  # noqa: S301 - our own parent's
        except EOFError:
            return
        try:
            answer: tuple[Exception | None, Any] = (None, work(folder))
        except Exception as error:  # noqa: BLE001 - it is raised there
            answer = (error, None)
        answers.write(pickle.dumps(answer))
        answers.flush()


if __name__ == "__main__":
    # Ctrl-C reaches every process of the terminal: the parent's end of the pipes says what to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints must not get between the answers.
    own = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(own, "wb") as out:
        try:
            serve(sys.stdin.buffer, out)
        except BrokenPipeError:  # the parent is gone
            os._exit(1)
