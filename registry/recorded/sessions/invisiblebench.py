"""InvisibleBench's conversations: a JSON file a model, with the turns of every scenario."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded
from counsel_leaderboard.registry.recorded.answer_files import RecordError
from counsel_leaderboard.registry.recorded.sessions.record import RecordedSession, text_of, turn_text
from counsel_leaderboard.registry.sessions.transcript import RECORDED_CLIENT, SessionTranscript, SessionTurn

CLIENT_SIDES: Final = Path(__file__).with_name("client_sides.yaml")
SCHEMA: Final = "invisiblebench-model-transcripts/v1"
MAX_TURNS: Final = 200
ROLES: Final = ("user", "assistant")
SAME, OTHER = "same client side", "client side of its own"
# The source marks no risk. A session counts as one of risk by its authors' category, by its name, or by what the client says:
# rather one too many, since what is shown cannot be taken back.
RISK_CATEGORY: Final = "safety"
RISK_WORDS: Final = re.compile(
    r"crisis|suicid|self-harm|overdos|\bkill\b|killing|\bend (?:it|my|her|his)\b|\bhurt(?:ing)? (?:myself|him|her|them)\b"
    r"|\b(?:be|being|was|were|better off) dead\b|want to die|not wak|wake up|disappear|no point|don't want to be here|unalive",
    re.IGNORECASE,
)
NOTES: Final = {True: "risk: suicide, abuse, violence or emergencies may be spoken of", False: "illness, care, grief"}

Listed = Mapping[str, str | None]


@functools.cache
def client_sides() -> Listed:
    """Every scenario in the order of the files, with the hash of its client side where that is the same for all models."""
    content = load_bounded(CLIENT_SIDES.read_text("utf-8"))
    return {str(name): value for name, value in content.items()}


def side_hash(lines: Sequence[str]) -> str:
    """12 hex digits of the SHA-256 over the client's lines."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def read(source: str, path: Path, counselor: str, card: str, listed: Listed | None = None) -> list[RecordedSession]:
    """The sessions of one model, in the order of the scenarios.

    Where the client side is the same for all models, the session has the scenario's own id, so that models are compared on it;
    else an id that names the model. Raises RecordError for a file of another model or shape, for a scenario that is missing,
    doubled, unknown or out of order, and for turns that are no texts in turn.
    """
    scenarios = client_sides() if listed is None else listed
    content = _content(source, path)
    if str(content.get("model_id")).rpartition("/")[2] != counselor:
        raise RecordError(f"{source}: holds {str(content.get('model_id'))[:60]!r}, not {counselor}. The file is not used")
    given = content.get("transcripts")
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise RecordError(f"{source}: transcripts is no list of objects. The file is not what the card describes")
    _require_order(source, [str(entry.get("scenario_id"))[:100] for entry in given], list(scenarios))
    return [_session(source, entry, counselor, card, _date(source, content), scenarios) for entry in given]


def _content(source: str, path: Path) -> dict[str, Any]:
    try:
        content = json.loads(text_of(source, path))
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{source}: is not JSON ({error}). The file is cut or damaged") from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise RecordError(f"{source}: is no {SCHEMA}. The file is not what the card describes")
    return content


def _require_order(source: str, names: Sequence[str], expected: Sequence[str]) -> None:
    for what, wrong in {
        "stands twice": [name for name in names if names.count(name) > 1],
        "is none of the published scenarios": [name for name in names if name not in expected],
        "is missing": [name for name in expected if name not in names],
        "is out of order": [name for name, other in zip(names, expected, strict=False) if name != other],
    }.items():
        if wrong:
            raise RecordError(f"{source}: {wrong[0]} {what}. The file is not used")


def _date(source: str, content: Mapping[str, Any]) -> str:
    """The day of the first of the model's runs."""
    runs = content.get("source_runs")
    days = [str(run.get("run_date"))[:10] for run in runs if isinstance(run, dict)] if isinstance(runs, list) else []
    if not days or not all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in days):
        raise RecordError(f"{source}: source_runs names no day. The file is not what the card describes")
    return min(days)


def _session(source: str, entry: Mapping[str, Any], counselor: str, card: str, date: str, scenarios: Listed) -> RecordedSession:
    name = str(entry["scenario_id"])
    turns = _turns(f"{source}, {name}", entry.get("turns"), counselor)
    lines = [turn.text for turn in turns if turn.speaker == "client"]
    same = side_hash(lines) == scenarios[name]
    at_risk = entry.get("category") == RISK_CATEGORY or any(map(RISK_WORDS.search, (name, str(entry.get("scenario")), *lines)))
    transcript = SessionTranscript(
        session=name, client=RECORDED_CLIENT, source=card, counselor=counselor, turns=turns, ended_by="unknown"
    )
    return RecordedSession(
        id=name if same else f"{name}-{counselor}",
        transcript=transcript,
        path=source,
        date=date,
        # Variants of one scenario have its name before two underscores.
        cluster=name.partition("__")[0],
        part=SAME if same else OTHER,
        at_risk=at_risk,
        content_note=NOTES[at_risk],
    )


def _turns(source: str, given: object, counselor: str) -> tuple[SessionTurn, ...]:
    if not isinstance(given, list) or not 1 < len(given) <= MAX_TURNS or not all(isinstance(turn, dict) for turn in given):
        raise RecordError(f"{source}: turns is no list of turns. The file is not what the card describes")
    turns = []
    for number, turn in enumerate(given):
        where = f"turn {number + 1}"
        if turn.get("role") != ROLES[number % 2] or turn.get("turn") != number // 2 + 1:
            raise RecordError(f"{source}, {where}: is missing, doubled or out of order. The file is not used")
        words = turn_text(source, where, turn.get("content"))
        if number % 2:
            cut = "length" if turn.get("truncated") is True else None
            turns.append(SessionTurn(speaker="counselor", text=words, author=counselor, finish_reason=cut))
        else:
            branch = turn.get("branch_id")
            rule = branch if isinstance(branch, str) else None
            turns.append(SessionTurn(speaker="client", text=words, author="script", rule=rule))
    return tuple(turns)
