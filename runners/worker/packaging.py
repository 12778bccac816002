"""From an evaluation to a packed run: answer, judge, remove what must not leave this machine, pack."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from counsel_leaderboard.leaderboard.exchange import SecretError, pack, refuse_secrets, strip
from counsel_leaderboard.registry.cards.redistribution import redistributed
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.runners.engines import EngineSpec
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.judging.judge_run import JudgeSource, judge_run
from counsel_leaderboard.runners.progress import Reporter
from counsel_leaderboard.runners.worker.heartbeat import Stage
from counsel_leaderboard.runners.worker.planning import engine_of, reason_of, shareable_message

ANSWERED = "answered"
ARCHIVE = "run.tar.gz"


class RejectedError(CounselError):
    """The server refused a run because of its content."""


class Listener(Reporter, Protocol):
    """Receives the stage of a request, and its progress."""

    def stage(self, stage: Stage) -> None:
        """A new stage begins."""


def may_quote(work: Mapping[str, Any]) -> bool:
    """Whether quotes from a server or a log may leave this machine: they may repeat the items of the request.

    False for a request that cannot be read, since nobody knows whose items it has.
    """
    try:
        return redistributed(work["request"]["tasks"], work["request"]["source"])
    except Exception:  # noqa: BLE001 - a failure is being reported, and that has to succeed
        return False


@dataclass(frozen=True)
class Steps:
    """What takes a request its hours: the engine that it names, the answers, and the judge's verdicts.

    `may_quote` decides what a failure's message may repeat.
    """

    engine_of: Callable[[Mapping[str, Any]], EngineSpec] = engine_of
    generate: Callable[[Evaluation, Reporter], Path] = Evaluation.generate
    judge: Callable[[Path, JudgeSource, Reporter], object] = judge_run
    may_quote: Callable[[Mapping[str, Any]], bool] = may_quote


STEPS = Steps()


def evaluate(evaluation: Evaluation, listener: Listener, steps: Steps = STEPS) -> None:
    """Answer, then judge; if an earlier attempt ended while judging, its answers are used again. Raises RunError."""
    answered = evaluation.work / ANSWERED
    if not (answered.exists() and evaluation.folder.is_dir()):
        answered.unlink(missing_ok=True)
        listener.stage("answering")
        steps.generate(evaluation, listener)
        answered.touch()
    if evaluation.judge is not None:
        listener.stage("judging")
        steps.judge(evaluation.folder, evaluation.judge, listener)


def packed(folder: Path, staging: Path, secrets: Mapping[str, str]) -> Path:
    """The run without what must not leave this machine, as an archive in `staging`. Raises SecretError, ResultsError."""
    stripped = staging / "run"
    strip(folder, stripped)
    refuse_secrets(stripped.iterdir(), secrets)
    pack(stripped, staging / ARCHIVE)
    shutil.rmtree(stripped)
    return staging / ARCHIVE


def reason_and_message(error: Exception, secrets: Mapping[str, str], *, quotes: bool) -> tuple[str, str]:
    """The reason code for the queue, and a message that may leave this machine; `quotes`: the result of `may_quote`."""
    known = error if isinstance(error, CounselError) else CounselError(_unforeseen(error))
    reason = "upload_rejected" if isinstance(error, SecretError | RejectedError) else reason_of(known)
    return reason, shareable_message(known, secrets, quotes=quotes)


def _unforeseen(error: Exception) -> str:
    """An error that is none of this project's, without its own text, which may quote anything."""
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    return f"{type(error).__name__}: the worker could not run this request; its log says where."
