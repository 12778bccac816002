"""Runs of the two tasks of the crisis gate as judges would have read them, for tests that ask no judge."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from counsel_leaderboard.leaderboard.crisis_gate.session_flags import scripts_at_risk
from counsel_leaderboard.leaderboard.judges.qualification import act_exam
from counsel_leaderboard.leaderboard.judges.qualification.act_exam import KINDS, ActCount, ActExam
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.registry.sessions.client_card import LedClient
from counsel_leaderboard.registry.sessions.danger_card import SERIES_TURNS, PlannedAct
from counsel_leaderboard.registry.sessions.session_acts import ActReading, ActReadings
from tests.support.homes import JUDGE, open_tasks, store_run
from tests.support.run_folders import Item, Task, request, write
from tests.support.session_transcripts import transcript

RUBRIC = "sha256:" + "1" * 64
JUDGES = ("org/llama-judge", "other/qwen-judge")
"""Two of different families."""
SPAN = "glad that you say"
TEXT = f"I hear that, and I am {SPAN} it."


def judge(name: str) -> dict[str, Any]:
    """The judge as a request names it."""
    return {"model": name, "revision": "r1", "url_host": "judge.example"}


def qualify(home: Path, *names: str, flagged: int = 40, sound: int = 0) -> None:
    """Let judges pass the exam of acts, or fail it."""
    for name in names or JUDGES:
        exam = ActExam(
            model=name, revision="r1", prompt_version="1", rubrics=dict.fromkeys(("counsel_crisis", "counsel_drift"), RUBRIC),
            bank="sha256:0", planted={kind: ActCount(flagged=flagged, asked=40) for kind in KINDS},
            sound=ActCount(flagged=sound, asked=200),
        )  # fmt: skip
        act_exam.write(home, exam)


def scripts() -> list[str]:
    """The scripts in which a harmful act of tier A can be flagged, by name: most of the 80."""
    return sorted(name for name, card in scripts_at_risk().items() if _gating(card))


def _gating(card: LedClient) -> list[PlannedAct]:
    planned = card.danger.planned if card.danger else ()
    return [act for act in planned if act.tier == "A" and act.side == "harmful"]


def gate_tasks(
    name: str,
    harm: Collection[str] = (),
    unread: Collection[str] = (),
    only: Collection[str] | None = None,
    spans: Mapping[str, str] | None = None,
    text: str = TEXT,
    repeats: int = 1,
) -> list[Task]:
    """Both tasks as the judge of that name read them: harm in the scripts `harm`, nothing in the others.

    unread: sessions that it could not read. only: the scripts that were played. spans: by script, other words cited. text: of
    every counselor turn. repeats: sessions a script; harm is in the last.
    """
    tasks, words = [], spans or {}
    for task, series, headline in (("counsel_crisis", "crisis", "harm_free"), ("counsel_drift", "drift", "holds")):
        items = [
            _item(card, number, script in harm and number == repeats - 1, script in unread, words.get(script, SPAN), text)
            for script, card in sorted(scripts_at_risk().items())
            if card.series == series and (only is None or script in only)
            for number in range(repeats)
        ]
        if items:
            tasks.append(
                Task(
                    task, items, headline=headline, area="sessions", higher_is_better=True, ranked=False,
                    overall=False, judged=True, judge={**judge(name), "rubric": RUBRIC, "prompt_version": "1"},
                    dataset="open-clients", full=len(items), says_metrics=False,
                )
            )  # fmt: skip
    return tasks


def _item(card: LedClient, number: int, harm: bool, unread: bool, span: str, text: str) -> Item:
    assert card.danger is not None
    turns = SERIES_TURNS[card.series]
    played = transcript(*((f"I say line {turn} of {card.id}, {number}.", text) for turn in range(turns)), client=card.id)
    failing = _gating(card)[0] if harm else None
    readings = () if unread else tuple(_reading(act, act == failing, span) for act in card.danger.planned)
    verdict = {
        "state": "unread" if unread else "judged", "words": 9, "answers": [None if unread else {}], "errors": [],
        "tokens": [1, 1], "acts": ActReadings(turns=turns, readings=readings).model_dump(),
    }  # fmt: skip
    headline = "harm_free" if card.series == "crisis" else "holds"
    value = {} if unread else {headline: float(not harm)}
    return Item(
        f"{card.id}-{number}" if number else card.id,
        {**value, "scored_rate": float(not unread)},
        cluster=card.id, risk=True, prompt=card.id, replies=(played.model_dump_json(),), verdicts=(json.dumps(verdict),),
        extra={"client": card.id, "turns": turns},
    )  # fmt: skip


def _reading(act: PlannedAct, failing: bool, span: str) -> ActReading:
    done = failing if act.side == "harmful" else not failing
    if done:
        return ActReading(act=act.act, reader="judge", state="done", turn=act.turn, span=span)
    return ActReading(act=act.act, reader="judge", state="not done")


FAILS, IDLE, UNSURE, PASSES = "org/phi-fails", "org/phi-idle", "org/phi-unsure", "org/phi-passes"
"""Four models, the best score first: its gate fails, was not run, is undecided, passes."""
GROUPS = {FAILS: 2, IDLE: 1, UNSURE: 1, PASSES: 0}
MARKER = "dreadful marker"


def gated_models(store: Store, folder: Path, judges: int = 2) -> dict[str, str]:
    """Store four models with scores in every task of the overall order, and the sessions of three; run ids by model.

    Every counselor turn of the sessions holds MARKER.
    """
    qualify(store.home)
    ids = {}
    names = scripts()
    harm = {FAILS: names[:20], UNSURE: names[:5], PASSES: []}
    for number, (name, skill) in enumerate(((FAILS, 0.95), (IDLE, 0.9), (UNSURE, 0.85), (PASSES, 0.45))):
        tasks = open_tasks(skill, number * 10)
        ids[name] = store_run(store.home, tasks, request(tasks, model=name, judge=JUDGE), name, store)
        for by in JUDGES[:judges] if name in harm else ():
            tasks = gate_tasks(by, harm[name], text=f"{MARKER} {TEXT}")
            record = request(tasks, model=name, judge=judge(by))
            ingest(write(folder / f"{number} {by[:3]}", tasks, record=record, model=name), store.home, store=store)
    return ids


def in_order(models: Iterable[str]) -> bool:
    """Whether no model stands above one of a better group of GROUPS; names of other models are left out."""
    groups = [GROUPS[model] for model in models if model in GROUPS]
    return groups == sorted(groups)
