"""Runs a server as a child process: starts it, waits for it, watches it, and ends it with everything that it started.

The child itself binds a free port (port 0) and reports its address as an event, so that no other process can take the port
between choosing and binding it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.processes.child_environment import child_environment
from counsel_leaderboard.runners.engines.parent_watch import PARENT
from counsel_leaderboard.runners.engines.upstream_messages import ran_out_of_memory
from counsel_leaderboard.runners.errors import EngineDiedError, EngineStartError, OutOfMemoryError
from counsel_leaderboard.runners.harness.quoting import quoted

LOG_LINES = 20
POLL_SECONDS = 0.05
STOP_SECONDS = 10.0


class ServerProcess:
    """One child process group and its log file; `stop_seconds` is how long it is given to end before it is killed.

    `env`: variables beside those that every child gets; `secrets`: names of the keys and tokens that this one needs.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        log: Path,
        env: Mapping[str, str] | None = None,
        stop_seconds: float = STOP_SECONDS,
        secrets: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.log = log
        self.stop_seconds = stop_seconds
        with log.open("wb") as sink:
            self._process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=child_environment({PARENT: str(os.getpid()), **(env or {})}, secrets=secrets),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is also the id of the process group."""
        return self._process.pid

    def tail(self) -> str:
        """The last log lines, for an error message."""
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        return quoted(lines) or quoted(["(it printed nothing)"])

    def ended(self) -> int | None:
        """The exit code once the process has ended, else None."""
        return self._process.poll()

    def check(self) -> None:
        """Raise EngineDiedError, with the last log lines, if the process has ended."""
        if (code := self.ended()) is not None:
            raise EngineDiedError(
                f"engine {self.name} ended with exit code {code} while it was in use. Its last lines:\n{self.tail()}\n"
                "The answers so far are saved: run the same command again to continue."
            )

    def stop(self) -> None:
        """End the whole process group: SIGTERM, then SIGKILL after `stop_seconds`."""
        for sig, seconds in ((signal.SIGTERM, self.stop_seconds), (signal.SIGKILL, self.stop_seconds)):
            try:
                os.killpg(self.pid, sig)
            except ProcessLookupError:
                break
            if self._ended_within(seconds):
                break
        self._process.wait()

    def _ended_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._process.poll()  # reaps the group's leader; without this the group would never become empty
            try:
                os.killpg(self.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(POLL_SECONDS)
        return False


def ready_url(process: ServerProcess, events_file: Path, deadline_seconds: float) -> str:
    """The address that the child wrote to `events_file`, once it answers `/health`.

    Raises EngineStartError if the child ends first (OutOfMemoryError if its log says so) or after `deadline_seconds`; both
    messages hold the last log lines.
    """
    deadline = time.monotonic() + deadline_seconds
    while time.monotonic() < deadline:
        if (code := process.ended()) is not None:
            kind = OutOfMemoryError if ran_out_of_memory(process.log.read_text(errors="replace")) else EngineStartError
            raise kind(
                f"engine {process.name} ended with exit code {code} before it was ready. Its last lines:\n{process.tail()}"
            )
        address = next((event.address for event in events.read_events(events_file) if isinstance(event, events.Ready)), None)
        if address is not None and is_healthy(address):
            return address
        time.sleep(POLL_SECONDS)
    raise EngineStartError(
        f"engine {process.name} was not ready after {deadline_seconds:.0f} s. Its last lines:\n{process.tail()}\n"
        "Allow more time with `counsel eval --start-timeout SECONDS`, or see the lines above."
    )


def is_healthy(url: str) -> bool:
    """Whether `GET <url>/health` answers 200 now; never through the environment's proxies."""
    try:
        with httpx.Client(**chat_http.options(url, headers={}, timeout_s=2.0, proxied=False)) as http:
            return chat_http.call(http, "GET", f"{url}/health").status == httpx.codes.OK
    except (httpx.TransportError, NoAnswerError):
        return False


@contextmanager
def served_process(
    name: str,
    argv: Sequence[str],
    deadline_seconds: float,
    env: Mapping[str, str] | None = None,
    stop_seconds: float = STOP_SECONDS,
    secrets: Sequence[str] = (),
) -> Iterator[tuple[str, ServerProcess]]:
    """Run `argv`, which reports its address as an event; yields (base address without path, process); ends its group.

    env: variables beside those that every child gets. secrets: names of the keys and tokens that this child needs.
    """
    with TemporaryDirectory(prefix="counsel-engine-") as folder:
        events_file = Path(folder) / "events"
        environment = {**(env or {}), events.VARIABLE: str(events_file)}
        process = ServerProcess(name, argv, Path(folder) / "log", environment, stop_seconds, secrets)
        try:
            yield ready_url(process, events_file, deadline_seconds), process
        finally:
            process.stop()
