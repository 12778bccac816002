"""Starts `python -m counsel_leaderboard.tasks.judge`, the only process that loads lm-eval, and reads its events."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from threading import Thread

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.processes.child_environment import child_environment

TAIL_LINES = 15
KEY = "COUNSEL_JUDGE_KEY"
URL = "COUNSEL_JUDGE_URL"  # which may hold a password


class JudgeProcessError(CounselError):
    """The judge ended with `code`, not 0. `messages`: its own, or the last lines that it printed, which may quote a server."""

    def __init__(self, code: int, lines: Sequence[str]) -> None:
        super().__init__(f"the judge stopped with exit code {code}")
        self.code, self.messages = code, lines


def run(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    out: Path | None = None,
    on_event: Callable[[events.Event], None] = lambda _: None,
    shown: bool = False,
) -> None:
    """Run `python -m counsel_leaderboard.tasks.judge ARGUMENTS` to its end; `on_event` gets each event as it comes.

    It may end the process by raising.

    environment: replaces that of this process; of either, the judge gets what children may have, its address and key. out: the
    file for its results, one JSON object per line. shown: its messages for people go to our standard error. Raises
    JudgeProcessError.
    """
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as event_stream, (out or Path(os.devnull)).open("wb") as results:
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "counsel_leaderboard.tasks.judge", *arguments],
                stdin=subprocess.DEVNULL, stdout=results, stderr=None if shown else subprocess.PIPE, pass_fds=[writing],
                env=child_environment({events.VARIABLE: f"/dev/fd/{writing}"}, environment, secrets=[KEY, URL]),
            )  # fmt: skip
        finally:
            os.close(writing)  # ours: the stream ends with the child's
        printed: deque[str] = deque(maxlen=TAIL_LINES)
        reader = Thread(target=_collect, args=(process.stderr or (), printed), daemon=True)
        reader.start()
        failure: events.Failed | None = None
        try:
            for line in event_stream:
                event = events.parse(line)
                failure = event if isinstance(event, events.Failed) else failure
                on_event(event)
            process.wait()
        finally:
            # A listener or a signal may end the judging early; the child must not go on writing into a folder.
            process.kill()
            process.wait()
            reader.join()
            if process.stderr:
                process.stderr.close()
    if process.returncode != 0:
        raise JudgeProcessError(process.returncode, [failure.message] if failure else list(printed))


def _collect(lines: Iterable[bytes], printed: deque[str]) -> None:
    for line in lines:
        printed.append(line.decode(errors="replace").rstrip())
