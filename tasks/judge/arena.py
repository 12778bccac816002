"""Pairs of stored replies to the same speech, or of sessions with the same client, judged in both orders.

Replies are compared with the rubric of the pairwise task, sessions with that of `session_pairs`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.tasks.common.thinking import Reply, clean
from counsel_leaderboard.tasks.exam.exam_tasks import exam_tasks
from counsel_leaderboard.tasks.judge import session_pairs
from counsel_leaderboard.tasks.judge.cache import verdict_cache
from counsel_leaderboard.tasks.judge.client import CallOutcome, Client
from counsel_leaderboard.tasks.judge.judging import JudgingProgress
from counsel_leaderboard.tasks.judge.plan import JudgingPlan
from counsel_leaderboard.tasks.judge.settings import HOW, JudgeEndpoint, JudgeError

ORDERS = ("ab", "ba")
KEYS = ("id", "speech", "a", "b")
KINDS = ("reply", "session")

Pair = Mapping[str, str]


class PairsError(CounselError):
    """The file of pairs cannot be read."""


def compare(file: Path, judge: JudgeEndpoint | None) -> Iterator[dict[str, Any]]:
    """Two verdicts for each pair, `{"id", "order": "ab" | "ba", "verdict": "a" | "b" | "tie" | None}`; None: no verdict.

    `file` holds one `{"id", "speech", "a", "b"}` for each line; a and b are raw replies, or, where the line says
    `"kind": "session"`, transcripts as JSON. An empty one loses to one that is not empty, without asking the judge.
    Raises PairsError if `file` holds no pairs, JudgeError if there is no judge or it was never reached.
    """
    pairs = read(file)
    if judge is None:
        raise JudgeError(f"an arena needs a judge. {HOW}.")
    questions = [_questions(pair) for pair in pairs]
    progress = JudgingProgress("arena", sum(map(len, questions)))
    client = Client(judge, verdict_cache())
    outcomes = iter(asyncio.run(client.ask(list(chain.from_iterable(questions)), progress.add)))
    if progress.total and progress.counts["unreached"] == progress.total:
        raise JudgeError(f"the judge at {judge.host} was never reached. Check COUNSEL_JUDGE_URL and try again.")
    for pair, calls in zip(pairs, questions, strict=True):
        verdicts = [_choice(next(outcomes), order) for order, _ in zip(ORDERS, calls, strict=False)] or _unasked(pair)
        yield from (
            {"id": pair["id"], "order": order, "verdict": verdict} for order, verdict in zip(ORDERS, verdicts, strict=True)
        )


def read(file: Path) -> list[Pair]:
    """The pairs of the file. Raises PairsError."""
    try:
        pairs = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise PairsError(f'{file}: is not a file with {{"id", "speech", "a", "b"}} on each line ({error}).') from error
    for number, pair in enumerate(pairs, start=1):
        if not isinstance(pair, dict) or any(not isinstance(pair.get(key), str) for key in KEYS):
            raise PairsError(f"{file}: line {number} must be an object with the texts {', '.join(KEYS)}.")
        if pair.get("kind", "reply") not in KINDS:
            raise PairsError(f"{file}: line {number}: kind must be one of {', '.join(KINDS)}.")
    return pairs


def _replies(pair: Pair) -> tuple[Reply, Reply]:
    read_text = session_pairs.read_session if _is_session(pair) else clean
    return read_text(pair["a"]), read_text(pair["b"])


def _is_session(pair: Pair) -> bool:
    return pair.get("kind") == "session"


def _plan() -> JudgingPlan:
    """The plan of the pairwise task. Raises JudgeError if none is installed."""
    for task in exam_tasks().values():
        if task.pairwise:
            return task.plan
    raise JudgeError("no installed task compares two replies (`pairwise` in its manifest), so no arena can be judged.")


def _questions(pair: Pair) -> Sequence[Any]:
    """The questions in both orders; none if one of the replies is not a reply that can be compared."""
    first, second = _replies(pair)
    if second.state != "reply":
        return []
    plan = session_pairs.PLAN if _is_session(pair) else _plan()
    return plan.questions({"speech": pair["speech"], "reference": second.text}, first)


def _choice(outcome: CallOutcome, order: str) -> str | None:
    """The chosen reply. A and B are positions: order `ab` shows a as A."""
    if outcome.answer is None:
        return None
    choice = outcome.answer["choice"]
    return "tie" if choice == "tie" else order["AB".index(choice)]


def _unasked(pair: Pair) -> list[str | None]:
    """The verdicts of a pair that needs no judge; None if a reply failed or was truncated."""
    first, second = (reply.state for reply in _replies(pair))
    if {first, second} <= {"reply", "empty"}:
        verdict = "tie" if first == second else "a" if second == "empty" else "b"
        return [verdict, verdict]
    return [None, None]
