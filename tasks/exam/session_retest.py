"""A judge rates stored sessions a second time, with a cold cache and the items in another order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.tasks.counsel_ctrs import task as ctrs
from counsel_leaderboard.tasks.counsel_session import task as alliance
from counsel_leaderboard.tasks.judge.cache import Cache
from counsel_leaderboard.tasks.judge.judging import JudgeFilter, identity
from counsel_leaderboard.tasks.judge.plan import JudgingPlan, stored
from counsel_leaderboard.tasks.judge.rejudge import judged, loaded_task, read_json, read_lines, results_file, samples_file
from counsel_leaderboard.tasks.judge.settings import HOW, JudgeEndpoint, JudgeError
from counsel_leaderboard.tasks.sessions.instrument import Instrument
from counsel_leaderboard.tasks.sessions.scoring import ratings

RATINGS: Final = "session_retest.jsonl"
OTHER_ORDER: Final = 2
"""The seed of the order in which the items are asked the second time."""
SAME: Final = ("model", "revision", "rubric", "prompt_version")
"""What the judge of a run and the judge of the retest must share."""


@dataclass(frozen=True)
class RetestedTask:
    """A task of sessions, with its plan and its instrument."""

    name: str
    plan: JudgingPlan
    instrument: Instrument

    @property
    def again(self) -> JudgingPlan:
        """The plan with the items in the other order."""
        return replace(self.plan, fields=replace(self.instrument, shuffled=OTHER_ORDER).fields())


TASKS: Final = (
    RetestedTask(alliance.NAME, alliance.PLAN, alliance.ALLIANCE),
    RetestedTask(ctrs.NAME, ctrs.PLAN, ctrs.CBT_ACTS),
)


def run_retest(out: Path, folders: Sequence[Path], judge: JudgeEndpoint | None) -> None:
    """Let `judge` rate the sessions in run folders again, and write both ratings of each item into `out`, a line each.

    Verdicts are cached in `out` alone: an interrupted retest continues, and no earlier verdict is met. Raises JudgeError
    without a judge, where a run was judged by another, or where it holds no judged session.
    """
    if judge is None:
        raise JudgeError(f"a retest needs a judge. {HOW}.")
    out.mkdir(parents=True, exist_ok=True)
    rows = [row for folder in folders for row in _of_run(folder, judge, Cache(out / "verdicts"))]
    if not rows:
        raise JudgeError(f"no session in {', '.join(map(str, folders))} was judged; judge the runs first: `counsel judge run`.")
    atomic.write(out / RATINGS, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _of_run(folder: Path, judge: JudgeEndpoint, cache: Cache) -> list[dict[str, Any]]:
    path = results_file(folder)
    results = read_json(path)
    rows = list[dict[str, Any]]()
    for task in (task for task in TASKS if task.name in results["configs"]):
        first = results["configs"][task.name]["metadata"].get("judge") or {}
        named = identity(judge, task.plan)
        if other := [key for key in SAME if first.get(key) != named[key]]:
            raise JudgeError(
                f"{path}: {task.name} was judged with another {', '.join(other)}; name the judge of the run, "
                "or judge the run again first."
            )
        loaded_task(task.name, results)
        samples = list(read_lines(samples_file(path, task.name)))
        again = iter(judged(JudgeFilter(task.name, task.again, judge, cache), samples))
        for sample in samples:
            before = ratings(stored(sample["filtered_resps"][0]), task.instrument)
            after = ratings(stored(next(again)), task.instrument)
            rows += [
                {
                    "task": task.name, "model": results["model_name"], "session": sample["doc"]["id"], "item": item,
                    "first": before.get(item), "second": after.get(item),
                }
                for item in task.instrument.names
            ]  # fmt: skip
    return rows
