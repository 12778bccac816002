"""Judging in a child process, which alone loads lm-eval: stored answers, and a judge's own exam."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from counsel_leaderboard.leaderboard.judges import judge_process
from counsel_leaderboard.leaderboard.specs.run_request import FILE_NAME, Judge, Request
from counsel_leaderboard.registry.common import atomic, events
from counsel_leaderboard.registry.common.settings import JudgeName
from counsel_leaderboard.runners.errors import RunError
from counsel_leaderboard.runners.harness.quoting import quoted
from counsel_leaderboard.runners.progress import Reporter

Tell = Callable[[str], None]


class JudgeError(RunError):
    """Judging ended without verdicts written; the generated answers are kept."""

    reason = "judge_unreachable"


class JudgeSource(Protocol):
    """Who judges: an endpoint that is up, or a model that is served for as long as the judging takes."""

    @property
    def model(self) -> str:
        """The name under which it is asked and recorded."""

    @property
    def revision(self) -> str | None:
        """Its commit SHA or checksum, None where it is unknown."""

    def record(self) -> Judge:
        """As a run records it."""

    def serving(self) -> AbstractContextManager[JudgeAddress]:
        """Its address, for the length of the block. Raises JudgeError where it cannot be served."""


@dataclass(frozen=True)
class JudgeAddress:
    """An OpenAI-compatible endpoint that judges; its key comes from $COUNSEL_JUDGE_KEY alone.

    parallel: calls at a time, None for what the environment says. known_as: what stands in records and cache keys in the place
    of host and port, for a server whose port is another at each start.
    """

    url: str
    model: str
    revision: str | None = None
    parallel: int | None = None
    known_as: str | None = None

    @classmethod
    def from_environment(cls) -> JudgeAddress | None:
        """The judge that $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name, or None. COUNSEL_JUDGE=none means none."""
        # As `tasks.judge.settings` reads them in the child, or the record would name another judge than the results do.
        settings = JudgeName.read()
        if settings.switch == "none" or not settings.url or not settings.model:
            return None
        return cls(settings.url, settings.model, settings.revision)

    def record(self) -> Judge:
        """As a run records it: the host alone of the address."""
        return Judge(model=self.model, url_host=urlsplit(self.url).hostname, revision=self.revision)

    def serving(self) -> AbstractContextManager[JudgeAddress]:
        """Itself: it is up already."""
        return nullcontext(self)


def judge_run(folder: Path, judge: JudgeSource, reporter: Reporter | None = None) -> None:
    """Judge the stored answers in `folder`. Raises JudgeError; the answers stay as they are then."""
    with judge.serving() as address:
        _child([str(folder)], f"judging {folder}", address, reporter)
    _record_judge(folder, judge)


def sit_exam(
    folder: Path,
    judge: JudgeAddress,
    reporter: Reporter | None = None,
    tell: Callable[[str], None] | None = None,
    *,
    dry: bool = False,
    parts: Mapping[str, int] | None = None,
) -> None:
    """Let `judge` sit its exam, and write its answers into `folder`. `dry`: only tell what it would cost.

    `parts`: how many parts of each task are asked, None for all. Raises JudgeError.

    `tell` hears the cost before the first call. Verdicts are kept as they come: started again, it goes on from there.
    """
    flags = [*(["--cost"] if dry else []), *(["--parts", json.dumps(dict(parts))] if parts else [])]
    _child(["exam", str(folder), *flags], f"the exam of {judge.model}", judge, reporter, tell)


def judge_rated(
    file: Path,
    folder: Path,
    judge: JudgeAddress,
    reporter: Reporter | None = None,
    tell: Callable[[str], None] | None = None,
    *,
    dry: bool = False,
) -> None:
    """Let `judge` rate the replies that people rated in `file`, and write the comparison into `folder`.

    `dry`: only tell what it would cost. Raises JudgeError, as for a file that breaks its format.
    """
    flags = ["--cost"] if dry else []
    arguments = ["humans", str(file), str(folder), *flags]
    _child(arguments, f"the comparison of {judge.model} with people", judge, reporter, tell)


def _child(
    arguments: Sequence[str],
    what: str,
    judge: JudgeAddress,
    reporter: Reporter | None,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Run the judge's process; its progress goes to `reporter`, its line on cost to `tell`. Raises JudgeError."""

    def on_event(event: events.Event) -> None:
        if tell and isinstance(event, events.Cost):
            tell(event.line())
        if reporter and isinstance(event, events.Progress):
            reporter.update(event.done, event.total)

    try:
        judge_process.run(arguments, environment=_environment(judge), heard=on_event)
    except judge_process.JudgeProcessError as error:
        raise JudgeError(f"{what} ended with exit code {error.code}. Its last lines:\n{quoted(error.said)}") from error


def _environment(judge: JudgeAddress) -> dict[str, str]:
    """What the child reads: this judge, and nothing that the caller's environment says of another."""
    variables = {
        "COUNSEL_JUDGE_URL": judge.url,
        "COUNSEL_JUDGE_MODEL": judge.model,
        "COUNSEL_JUDGE_REVISION": judge.revision,
        "COUNSEL_JUDGE_HOST": judge.known_as,
        "COUNSEL_JUDGE_CONCURRENCY": str(judge.parallel or ""),
    }
    inherited = {name: value for name, value in os.environ.items() if name not in ("COUNSEL_JUDGE", "COUNSEL_JUDGE_HOST")}
    return inherited | {name: value for name, value in variables.items() if value}


def _record_judge(folder: Path, judge: JudgeSource) -> None:
    """Say in the folder's request, where it has one, who judged it: a request that its results contradict is not stored."""
    for file in (*folder.glob(FILE_NAME), *folder.glob(f"*/{FILE_NAME}")):
        request = Request.model_validate_json(file.read_bytes()).judged_by(judge.record())
        atomic.write(file, request.text() + "\n")
