"""What Ray runs on a node: one request, from engine to packed run. Any node with this project installed can run it."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.credentials import configured_secrets
from counsel_leaderboard.runners.judging.judge_run import JudgeSource
from counsel_leaderboard.runners.progress import Unit
from counsel_leaderboard.runners.worker.heartbeat import Stage, staged
from counsel_leaderboard.runners.worker.packaging import STEPS, Steps, evaluate, may_quote, packed, reason_and_message
from counsel_leaderboard.runners.worker.planning import evaluation_of

SEND_SECONDS = 1.0


@dataclass(frozen=True)
class RequestOutcome:
    """The outcome of a request on a node: the packed run, or the reason code and message of a failure."""

    archive: bytes | None = None
    reason: str = ""
    message: str = ""


class ProgressSender:
    """Sends the progress of a request to the driver, at most once a second and at each new stage."""

    def __init__(self, send: Callable[[Stage, int, int | None], None]) -> None:
        self._send, self._stage, self._last_sent = send, "preparing", 0.0

    def stage(self, stage: Stage) -> None:
        """A new stage begins."""
        self._stage, self._last_sent = stage, time.monotonic()
        self._send(stage, 0, None)

    def update(self, done: int, total: int | None, unit: Unit = "") -> None:
        """`done` of `total` steps of the stage, or turns of sessions."""
        if time.monotonic() - self._last_sent >= SEND_SECONDS:
            self._last_sent = time.monotonic()
            self._send(staged(self._stage, unit), done, total)  # type: ignore[arg-type]


def run_request(work: Mapping[str, Any], judge: JudgeSource | None, progress: Any, steps: Steps = STEPS) -> RequestOutcome:
    """Run a claimed request on this node. `progress` is an actor with `put(request id, stage, done, total)`.

    A failure of the request is an outcome: Ray should retry faults of the machine, not of the model.
    """
    spec_id = str(work["request"]["spec_id"])
    sender = ProgressSender(lambda stage, done, total: progress.put.remote(spec_id, stage, done, total))
    secrets = configured_secrets(os.environ)
    try:
        return _run(work, spec_id, judge, sender, secrets, steps)
    except Exception as error:  # noqa: BLE001 - of whatever kind it is, Ray must not try the request again
        return RequestOutcome(None, *reason_and_message(error, secrets, quotes=may_quote(work)))


def _run(
    work: Mapping[str, Any],
    spec_id: str,
    judge: JudgeSource | None,
    sender: ProgressSender,
    secrets: Mapping[str, str],
    steps: Steps,
) -> RequestOutcome:
    with locked(paths.home() / "ray" / spec_id) as folder, TemporaryDirectory(prefix="counsel-ray-") as staging:
        evaluation = evaluation_of(work, folder, judge, steps.engine_of)
        evaluate(evaluation, sender, steps)
        archive = packed(evaluation.folder, Path(staging), secrets).read_bytes()
        # If the node dies before the driver has the run, the request runs again from the start: rare, and still correct.
        evaluation.discard_work()
    shutil.rmtree(folder, ignore_errors=True)
    return RequestOutcome(archive)


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """Lock the request's folder, after waiting until no other process uses it.

    A retry on the same disk finds the answers of the earlier attempt, whose process may still be ending.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
