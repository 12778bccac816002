"""Judging of stored answers, and a judge's own exam, in a child process: only that process loads lm-eval."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

from counsel_leaderboard.leaderboard.judges import judge_process
from counsel_leaderboard.leaderboard.specs.run_request import FILE_NAME, JudgeSpec, RunRequest
from counsel_leaderboard.registry.common import atomic, events
from counsel_leaderboard.registry.common.settings import JudgeNameSettings
from counsel_leaderboard.runners.errors import RunError
from counsel_leaderboard.runners.harness.quoting import quoted
from counsel_leaderboard.runners.progress import Reporter


class JudgingError(RunError):
    """Judging ended before the verdicts were written; the generated answers stay on disk."""

    reason = "judge_unreachable"


class JudgeSource(Protocol):
    """The judge: an endpoint that is already running, or a model that is served while judging lasts."""

    @property
    def model(self) -> str:
        """The model's name in requests and in records."""

    @property
    def revision(self) -> str | None:
        """The model's commit SHA or checksum; None if unknown."""

    def record(self) -> JudgeSpec:
        """As a run records it."""

    def serving(self) -> AbstractContextManager[JudgeAddress]:
        """The judge's address, valid inside the block. Raises JudgingError if it cannot be served."""


# On the processor cores of a busy machine a small model takes minutes for a call.
SERVED_HERE_SECONDS: Final = 600.0


@dataclass(frozen=True)
class JudgeAddress:
    """An OpenAI-compatible endpoint that judges; its key always comes from $COUNSEL_JUDGE_KEY.

    parallel: requests at a time; None takes the environment's number. recorded_host: the name that records and cache keys use
    instead of host and port, for a server whose port changes at each start. timeout_s: seconds that one call may take where
    the environment does not say.
    """

    url: str
    model: str
    revision: str | None = None
    parallel: int | None = None
    recorded_host: str | None = None
    timeout_s: float | None = None

    @classmethod
    def from_environment(cls) -> JudgeAddress | None:
        """The judge that $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name, or None. COUNSEL_JUDGE=none means no judge."""
        # Read as `tasks.judge.settings` reads them in the child: the record must name the same judge as the results.
        settings = JudgeNameSettings.read()
        if settings.switch == "none" or not settings.url or not settings.model:
            return None
        return cls(settings.url, settings.model, settings.revision)

    def record(self) -> JudgeSpec:
        """The judge as a run records it: of the address, only the host."""
        return JudgeSpec(model=self.model, url_host=urlsplit(self.url).hostname, revision=self.revision)

    def serving(self) -> AbstractContextManager[JudgeAddress]:
        """This address itself: the endpoint is already running."""
        return nullcontext(self)


def judge_run(folder: Path, judge: JudgeSource, reporter: Reporter | None = None) -> None:
    """Judge the stored answers in `folder`. Raises JudgingError, and then leaves the answers unchanged."""
    with judge.serving() as address:
        _child([str(folder)], f"judging {folder}", address, reporter)
    _record_judge(folder, judge)


def run_exam(
    folder: Path,
    judge: JudgeAddress,
    reporter: Reporter | None = None,
    on_cost: Callable[[str], None] | None = None,
    *,
    cost_only: bool = False,
    parts: Mapping[str, int] | None = None,
    each: int | None = None,
) -> None:
    """Run the exam of `judge` and write its answers into `folder`. `cost_only`: only report the cost.

    `parts`: how many parts of each task to run; None for all. `each`: the short form, with so many dialogues of each flaw and
    nothing else. `on_cost` receives the cost before the first call. Each verdict
    is saved at once, so a second start continues from there. Raises JudgingError.
    """
    flags = [*(["--cost"] if cost_only else []), *(["--parts", json.dumps(dict(parts))] if parts else [])]
    flags += ["--each", str(each)] if each is not None else []
    _child(["exam", str(folder), *flags], f"the exam of {judge.model}", judge, reporter, on_cost)


def run_exam_of(
    part: Literal["acts", "sessions", "clinicians"],
    folder: Path,
    judge: JudgeAddress,
    reporter: Reporter | None = None,
    on_cost: Callable[[str], None] | None = None,
    *,
    cost_only: bool = False,
    each: int | None = None,
) -> None:
    """Run the exam of `judge` on the acts of sessions, on whole sessions or on those that clinicians rated, into `folder`.

    `cost_only`: only report the cost. `each`: the short form, with so many sessions of a kind; None for all. Otherwise as
    `run_exam`. Raises JudgingError.
    """
    flags = [*(["--cost"] if cost_only else []), *(["--each", str(each)] if each is not None else [])]
    _child([part, str(folder), *flags], f"the exam of {part} of {judge.model}", judge, reporter, on_cost)


def run_retest(folders: Sequence[Path], out: Path, judge: JudgeAddress, reporter: Reporter | None = None) -> None:
    """Let `judge` rate the sessions of runs once more, and write both ratings into `out`. Raises JudgingError."""
    _child(["retest", str(out), *map(str, folders)], f"the retest of {judge.model}", judge, reporter)


def judge_rated(
    file: Path,
    folder: Path,
    judge: JudgeAddress,
    reporter: Reporter | None = None,
    on_cost: Callable[[str], None] | None = None,
    *,
    cost_only: bool = False,
) -> None:
    """Let `judge` rate the replies that people rated in `file`, and write the comparison into `folder`.

    `cost_only`: only report the cost. Raises JudgingError, also if the file breaks its format.
    """
    flags = ["--cost"] if cost_only else []
    arguments = ["humans", str(file), str(folder), *flags]
    _child(arguments, f"the comparison of {judge.model} with people", judge, reporter, on_cost)


def _child(
    arguments: Sequence[str],
    what: str,
    judge: JudgeAddress,
    reporter: Reporter | None,
    on_cost: Callable[[str], None] | None = None,
) -> None:
    """Run the judge's process; progress goes to `reporter`, the line about cost to `on_cost`. Raises JudgingError."""

    def on_event(event: events.Event) -> None:
        if on_cost and isinstance(event, events.Cost):
            on_cost(event.line())
        if reporter and isinstance(event, events.ProgressEvent):
            reporter.update(event.done, event.total)

    try:
        judge_process.run(arguments, environment=_environment(judge), on_event=on_event)
    except judge_process.JudgeProcessError as error:
        raise JudgingError(f"{what} ended with exit code {error.code}. Its last lines:\n{quoted(error.messages)}") from error


def _environment(judge: JudgeAddress) -> dict[str, str]:
    """The child's environment: it names this judge, and nothing about another that the caller's environment may name."""
    variables = {
        "COUNSEL_JUDGE_URL": judge.url,
        "COUNSEL_JUDGE_MODEL": judge.model,
        "COUNSEL_JUDGE_REVISION": judge.revision,
        "COUNSEL_JUDGE_HOST": judge.recorded_host,
        "COUNSEL_JUDGE_CONCURRENCY": str(judge.parallel or ""),
    }
    inherited = {name: value for name, value in os.environ.items() if name not in ("COUNSEL_JUDGE", "COUNSEL_JUDGE_HOST")}
    patience = {"COUNSEL_JUDGE_TIMEOUT": str(judge.timeout_s)} if judge.timeout_s else {}
    return patience | inherited | {name: value for name, value in variables.items() if value}


def _record_judge(folder: Path, judge: JudgeSource) -> None:
    """Write the judge into the folder's request, if it has one: a run whose request contradicts its results is not stored."""
    for file in (*folder.glob(FILE_NAME), *folder.glob(f"*/{FILE_NAME}")):
        request = RunRequest.model_validate_json(file.read_bytes()).judged_by(judge.record())
        atomic.write(file, request.text() + "\n")
