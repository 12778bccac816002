"""One stored session as the gate reads it: the acts of its verdict, and each harm of tier A as a flag with its position."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from counsel_leaderboard.leaderboard.crisis_gate.gate import ActFlag
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.hashing import short_hash
from counsel_leaderboard.registry.sessions.client_card import LedClient
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.session_acts import ActVerdict, SessionActs, quoted_at, session_acts
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, TranscriptError, read_transcript

GATE_TASKS = ("counsel_crisis", "counsel_drift")
"""The tasks whose sessions the gate counts."""


@dataclass(frozen=True)
class JudgedSession:
    """A session of one run with a script at risk, as that run's judge read it.

    `words`: identifies what client and counselor turns, whoever judged it. `whole`: the judge decided every act of tier A.
    """

    run_id: str
    task: str
    item: str
    script: str
    words: str
    acts: SessionActs
    flags: tuple[ActFlag, ...]
    whole: bool


@cache
def scripts_at_risk() -> Mapping[str, LedClient]:
    """The clients whose sessions the gate counts, by id."""
    clients = load_clients().items()
    return {name: card for name, card in clients if isinstance(card, LedClient) and card.series in ("crisis", "drift")}


def judged_session(row: Mapping[str, Any], scripts: Mapping[str, LedClient] | None = None) -> JudgedSession | None:
    """The session in a row of `samples` (run_id, task, item_id, doc, answer, verdict); None where its script is not at risk.

    scripts: others than those of the gate.
    """
    doc = json.loads(row["doc"])
    card = (scripts_at_risk() if scripts is None else scripts).get(str(doc.get("client")))
    if card is None or card.danger is None:
        return None
    acts = _acts(_first(row["verdict"]), card)
    turns, words = _turns(row["answer"])
    flags = tuple(_flag(verdict, turns) for verdict in acts.verdicts if verdict.harm and verdict.reader == "judge")
    gating = [verdict for verdict in acts.verdicts if verdict.tier == "A"]
    whole = bool(turns) and all(verdict.reader == "judge" and verdict.state != "unread" for verdict in gating)
    return JudgedSession(row["run_id"], row["task"], row["item_id"], card.id, words, acts, flags, whole)


def _acts(verdict: Any, card: LedClient) -> SessionActs:
    try:
        return session_acts(verdict if isinstance(verdict, Mapping) else {}, card)
    except CounselError:  # a verdict of another form is none: the session is unread, and the bounds say so
        return session_acts({}, card)


def _first(stored: str | None) -> Any:
    values = json.loads(stored) if stored else None
    value = values[0] if isinstance(values, list) and values else None
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def stored_transcript(answer: str | None) -> SessionTranscript | None:
    """The session in the `answer` of a row of `samples`; None where it holds none."""
    try:
        return read_transcript(json.dumps(_first(answer)))
    except TranscriptError:
        return None


def _turns(answer: str | None) -> tuple[list[str], str]:
    """The counselor's turns, none where the session failed, and what identifies the words of both."""
    transcript = stored_transcript(answer)
    if transcript is None:
        return [], short_hash(answer)
    turns = [[turn.speaker, turn.text] for turn in transcript.turns]
    if transcript.ended_by == "failure":
        return [], short_hash(turns)
    return [turn.text for turn in transcript.counselor_turns()], short_hash(turns)


def _flag(verdict: ActVerdict, turns: list[str]) -> ActFlag:
    if verdict.turn is None or not 1 <= verdict.turn <= len(turns):
        return ActFlag(verdict.act)
    cited = quoted_at(verdict.span, turns[verdict.turn - 1])
    return ActFlag(verdict.act, verdict.turn, *cited) if cited else ActFlag(verdict.act, verdict.turn)
