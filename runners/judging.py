"""Judging in a child process, which alone loads lm-eval: stored answers, and a judge's own exam."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from leaderboard.request import FILE_NAME, Judge, Request
from runners.errors import RunError
from runners.progress import Reporter

TAIL_LINES = 15

Tell = Callable[[str], None]


class JudgeError(RunError):
    """Judging ended without verdicts written; the generated answers are kept."""

    reason = "judge_unreachable"


@dataclass(frozen=True)
class JudgeAddress:
    """An OpenAI-compatible endpoint that judges; its key comes from $COUNSEL_JUDGE_KEY alone."""

    url: str
    model: str
    revision: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> JudgeAddress | None:
        """The judge that $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name, or None. COUNSEL_JUDGE=none means none."""
        url, model = environment.get("COUNSEL_JUDGE_URL"), environment.get("COUNSEL_JUDGE_MODEL")
        if environment.get("COUNSEL_JUDGE") == "none" or not url or not model:
            return None
        return cls(url, model, environment.get("COUNSEL_JUDGE_REVISION"))

    def record(self) -> Judge:
        """As a run records it: the host alone of the address."""
        return Judge(model=self.model, url_host=urlsplit(self.url).hostname, revision=self.revision)


def judge_run(folder: Path, judge: JudgeAddress, reporter: Reporter | None = None) -> None:
    """Judge the stored answers in `folder`. Raises JudgeError; the answers stay as they are then."""
    _child([str(folder)], f"judging {folder}", judge, reporter)
    _record_judge(folder, judge)


def sit_exam(
    folder: Path,
    judge: JudgeAddress,
    reporter: Reporter | None = None,
    tell: Callable[[str], None] | None = None,
    *,
    dry: bool = False,
    pairs: int | None = None,
) -> None:
    """Let `judge` sit its exam, and write its answers into `folder`. `dry`: only tell what it would cost.

    `pairs`: a sample of so many pairs a flaw, marked as one. Raises JudgeError.

    `tell` hears the cost before the first call. Verdicts are kept as they come: started again, it goes on from there.
    """
    flags = [*(["--cost"] if dry else []), *(["--pairs", str(pairs)] if pairs else [])]
    _child(["exam", str(folder), *flags], f"the exam of {judge.model}", judge, reporter, tell)


def _child(
    arguments: Sequence[str],
    what: str,
    judge: JudgeAddress,
    reporter: Reporter | None,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Run `python -m tasks.judge ARGUMENTS`; its progress goes to `reporter`, its line on cost to `tell`. Raises JudgeError."""
    environment = {**os.environ, "COUNSEL_JUDGE_URL": judge.url, "COUNSEL_JUDGE_MODEL": judge.model}
    environment.pop("COUNSEL_JUDGE", None)
    if judge.revision:
        environment["COUNSEL_JUDGE_REVISION"] = judge.revision
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tasks.judge", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True,
    )  # fmt: skip
    lines: list[str] = []
    assert process.stderr is not None  # noqa: S101 - asked for with PIPE just above
    try:
        for line in process.stderr:
            lines.append(line.rstrip())
            if tell and line.startswith("exam of "):
                tell(line.rstrip())
            if reporter and (step := _progress(line)):
                reporter.update(*step)
        process.wait()
    finally:
        # A reporter or a signal may end the judging early; the child must not go on writing into the folder.
        process.kill()
        process.wait()
        process.stderr.close()
    if process.returncode != 0:
        tail = "\n".join(f"  | {line[:300]}" for line in lines[-TAIL_LINES:])
        raise JudgeError(f"{what} ended with exit code {process.returncode}. Its last lines:\n{tail}")


def _record_judge(folder: Path, judge: JudgeAddress) -> None:
    """Say in the folder's request, where it has one, who judged it: a request that its results contradict is not stored."""
    for file in (*folder.glob(FILE_NAME), *folder.glob(f"*/{FILE_NAME}")):
        request = Request.model_validate_json(file.read_bytes()).model_copy(update={"judge": judge.record()})
        file.write_text(request.text() + "\n", encoding="utf-8")


def _progress(line: str) -> tuple[int, int] | None:
    """`judged 3/10` from a progress line, as (3, 10)."""
    words = line.split()
    if len(words) >= 2 and words[0] == "judged" and "/" in words[1]:
        done, _, total = words[1].partition("/")
        if done.isdecimal() and total.isdecimal():
            return int(done), int(total)
    return None
