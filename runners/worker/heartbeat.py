"""The heartbeat of one running request: a thread that renews the lease and sends the progress."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from counsel_leaderboard.runners.errors import RunError
from counsel_leaderboard.runners.progress import SESSION_TURNS, Unit
from counsel_leaderboard.runners.worker.client import Server, ServerRefusedError, ServerUnavailableError

Stage = Literal["preparing", "answering", "sessions", "judging", "uploading"]


class LeaseEndedError(RunError):
    """This worker no longer holds the request; its answers so far stay on disk."""

    reason = "lease_lost"


class Heartbeat:
    """Receives the progress of an evaluation; `update` ends the evaluation once the lease is lost."""

    def __init__(self, beat: Callable[[dict[str, object]], None]) -> None:
        self._beat = beat
        self._progress: dict[str, object] = {"stage": "preparing", "done": 0, "total": None}
        self.lease_lost = False

    def stage(self, stage: Stage) -> None:
        """A new stage begins."""
        self._progress = {"stage": stage, "done": 0, "total": None}

    def update(self, done: int, total: int | None, unit: Unit = "") -> None:
        """`done` of `total` steps of the stage, or turns of sessions. Raises LeaseEndedError."""
        self.show(staged(str(self._progress["stage"]), unit), done, total)

    def show(self, stage: str, done: int, total: int | None) -> None:
        """Like `update`, for a caller that receives stage and steps from another process. Raises LeaseEndedError."""
        self._progress = {"stage": stage, "done": done, "total": total}
        if self.lease_lost:
            raise LeaseEndedError("the server took the request back, so this worker stops working on it.")

    def beat(self) -> None:
        """Send the progress to the server; a server that does not answer gets it with the next heartbeat."""
        try:
            self._beat(self._progress)
        except ServerUnavailableError:
            return
        except ServerRefusedError as refused:
            self.lease_lost = self.lease_lost or refused.lease_lost


def staged(stage: str, unit: Unit) -> str:
    """The stage for steps of a unit: a run answers in turns while it plays sessions, and in requests otherwise."""
    if stage not in ("answering", "sessions"):
        return stage
    return "sessions" if unit == SESSION_TURNS else "answering"


@contextmanager
def heartbeats(server: Server, spec_id: str, lease: str, seconds: float) -> Iterator[Heartbeat]:
    """Send a heartbeat at once and then every `seconds`, while the block runs."""
    heartbeat = Heartbeat(lambda progress: server.heartbeat(spec_id, lease, progress))
    ended = threading.Event()

    def run() -> None:
        while True:
            heartbeat.beat()
            if heartbeat.lease_lost or ended.wait(seconds):
                return

    thread = threading.Thread(target=run, name=f"counsel-heartbeat-{spec_id}", daemon=True)
    thread.start()
    try:
        yield heartbeat
    finally:
        ended.set()
        thread.join(timeout=60)
