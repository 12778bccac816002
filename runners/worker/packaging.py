"""From an evaluation to a packed run: answer, judge, take out what may not leave, pack. Wherever the worker runs it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from counsel_leaderboard.leaderboard.exchange import SecretError, pack, refuse_secrets, strip
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.disclosure import redistributed
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.judging.judge_run import judge_run
from counsel_leaderboard.runners.progress import Reporter
from counsel_leaderboard.runners.worker.heartbeat import Stage
from counsel_leaderboard.runners.worker.planning import reason_of, told

ANSWERED = "answered"
ARCHIVE = "run.tar.gz"


class RejectedError(CounselError):
    """The server refused a run for what is in it."""


class Listener(Reporter, Protocol):
    """Where a request says which stage it is in, and how far."""

    def stage(self, stage: Stage) -> None:
        """A new stage begins."""


def evaluate(evaluation: Evaluation, listener: Listener) -> None:
    """Answer, then judge; an attempt that died while judging does not answer again. Raises RunError."""
    answered = evaluation.work / ANSWERED
    if not (answered.exists() and evaluation.folder.is_dir()):
        answered.unlink(missing_ok=True)
        listener.stage("answering")
        evaluation.generate(listener)
        answered.touch()
    if evaluation.judge is not None:
        listener.stage("judging")
        judge_run(evaluation.folder, evaluation.judge, listener)


def packed(folder: Path, staging: Path, secrets: Mapping[str, str]) -> Path:
    """The run as it may leave this machine, as an archive in `staging`. Raises SecretError, ResultsError."""
    stripped = staging / "run"
    strip(folder, stripped)
    refuse_secrets(stripped.iterdir(), secrets)
    pack(stripped, staging / ARCHIVE)
    shutil.rmtree(stripped)
    return staging / ARCHIVE


def may_quote(work: Mapping[str, Any]) -> bool:
    """Whether what a server or a log says while it runs may leave this machine: it may repeat the items asked for."""
    return redistributed(work["request"]["tasks"], work["request"]["source"])


def reason_and_words(error: CounselError | OSError, secrets: Mapping[str, str], *, quotes: bool) -> tuple[str, str]:
    """The reason that the queue stores, and the message as it may leave this machine; `quotes` as `may_quote` says."""
    known = error if isinstance(error, CounselError) else CounselError(f"{type(error).__name__}: {error.strerror}")
    reason = "upload_rejected" if isinstance(error, SecretError | RejectedError) else reason_of(known)
    return reason, told(known, secrets, quotes=quotes)
