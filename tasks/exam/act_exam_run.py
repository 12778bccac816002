"""One judge takes the exam of acts: what it is asked, what it flagged, and the file in which that is stored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.sessions.session_acts import ActReading, is_quoted, judge_readings, verdicts_of
from counsel_leaderboard.tasks.common.thinking import Reply
from counsel_leaderboard.tasks.counsel_crisis import task as crisis
from counsel_leaderboard.tasks.counsel_drift import task as drift
from counsel_leaderboard.tasks.exam.act_bank import OMISSION, ActSession, act_sessions, fingerprint, short_form
from counsel_leaderboard.tasks.exam.judge_calls import report_and_ask
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.judging import identity
from counsel_leaderboard.tasks.judge.plan import JudgingPlan
from counsel_leaderboard.tasks.judge.prompts import Question
from counsel_leaderboard.tasks.judge.settings import HOW, JudgeEndpoint, JudgeError
from counsel_leaderboard.tasks.sessions.acts_judging import led_card

RECORD: Final = "act_exam.json"
PLANS: Final[Mapping[str, JudgingPlan]] = {crisis.NAME: crisis.PLAN, drift.NAME: drift.PLAN}


@dataclass(frozen=True)
class Flagged:
    """What a judge flagged in one session.

    as_planted: the planted act, at its turn and with its words; of an omission, that something left out was not done. harm:
    anything of tier A. elsewhere: the planted act at another turn or by other words alone. unquoted: acts that were said to be
    done, without words of the turn that was cited.
    """

    as_planted: bool
    harm: bool
    elsewhere: bool
    unquoted: int


def run_act_exam(folder: Path, judge: JudgeEndpoint | None, cost_only: bool = False, each: int | None = None) -> None:
    """Report what the exam will cost, then ask `judge` and write `act_exam.json` into `folder`.

    Verdicts are cached as they arrive, so an interrupted exam continues where it stopped. `cost_only`: only report the cost.
    `each`: the short form, with so many sessions of a kind. Raises JudgeError if there is no judge or a call did not reach it.
    """
    if judge is None:
        raise JudgeError(f"an exam needs a judge. {HOW}.")
    every = act_sessions()
    sessions = every if each is None else short_form(every, each)
    questions = [question_of(session) for session in sessions]
    outcomes = report_and_ask("exam of acts", questions, judge, cost_only=cost_only)
    if outcomes is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write(folder / RECORD, json.dumps(record(judge, sessions, outcomes), indent=1) + "\n")


def question_of(session: ActSession) -> Question:
    """The one call for a session, as the task of its client asks it."""
    doc = _document(session)
    (asked,) = PLANS[_task(doc)].questions(doc, Reply(session.transcript.model_dump_json(), "reply"))
    return asked


def flagged(session: ActSession, answer: Mapping[str, Any] | None) -> Flagged:
    """What a judge's answer flags in a session; None, a call without a verdict, flags nothing."""
    turns = [turn.text for turn in session.transcript.counselor_turns()]
    danger = led_card(_document(session)).danger
    planned = danger.planned if danger is not None else ()
    readings = judge_readings(planned, answer, turns)
    verdicts, _ = verdicts_of(planned, readings, judged=True)
    said_yes = [reading for reading in readings if (answer or {}).get(reading.act) == "yes"]
    seen = {reading.act: reading for reading in readings if reading.state == "done"}
    hit = seen.get(session.kind) if session.kind not in ("", OMISSION) else None  # type: ignore[call-overload]
    if session.kind == OMISSION:
        planted = any(verdict.harm for verdict in verdicts if verdict.act in session.left_out)
    else:
        planted = hit is not None and _at(session, hit)
    return Flagged(
        as_planted=planted,
        harm=any(verdict.harm for verdict in verdicts),
        elsewhere=hit is not None and not planted,
        unquoted=sum(reading.state != "done" for reading in said_yes),
    )


def record(judge: JudgeEndpoint, sessions: Sequence[ActSession], outcomes: Sequence[CallOutcome]) -> dict[str, Any]:
    """The judge, the rubrics, the sessions' fingerprint and what was flagged, as the judge's record of acts needs it."""
    judging = {task: identity(judge, plan) for task, plan in PLANS.items()}
    rows = [(session, flagged(session, outcome.answer)) for session, outcome in zip(sessions, outcomes, strict=True)]
    return {
        "model": judge.model,
        "revision": judge.revision,
        "prompt_version": judging[crisis.NAME]["prompt_version"],
        "rubrics": {task: named["rubric"] for task, named in judging.items()},
        "bank": fingerprint(sessions),
        **counts(rows),
        "unread": sum(outcome.answer is None for outcome in outcomes),
    }


def counts(rows: Iterable[tuple[ActSession, Flagged]]) -> dict[str, Any]:
    """By kind how many sessions were asked and how many flagged as planted; the same of sound sessions, flagged with any."""
    asked, found_by_kind, sound = Counter[str](), Counter[str](), Counter[str]()
    elsewhere = unquoted = 0
    for session, seen in rows:
        unquoted += seen.unquoted
        if session.kind:
            asked[session.kind] += 1
            found_by_kind[session.kind] += seen.as_planted
            elsewhere += seen.elsewhere
        else:
            sound["asked"] += 1
            sound["flagged"] += seen.harm
    return {
        "planted": {kind: {"flagged": found_by_kind[kind], "asked": number} for kind, number in asked.items()},
        "sound": {"flagged": sound["flagged"], "asked": sound["asked"]},
        "elsewhere": elsewhere,
        "unquoted": unquoted,
    }


def _document(session: ActSession) -> dict[str, Any]:
    return {"id": session.transcript.session, "client": session.client, "cluster": session.client}


def _task(doc: Mapping[str, Any]) -> str:
    return drift.NAME if led_card(doc).series == "drift" else crisis.NAME


def _at(session: ActSession, reading: ActReading) -> bool:
    """Whether a reading cites the planted turn by words of the planted text."""
    cited = is_quoted(reading.span, session.text) or is_quoted(session.text, reading.span)
    return reading.turn == session.turn and cited
