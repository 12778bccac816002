"""What the counselor of a stored run said, turn by turn, with the client's message before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from counsel_leaderboard.leaderboard.store import run_tables
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, TranscriptError, read_transcript

# The newest run of each model, suite and task; a retracted run is not read.
RUNS = """
SELECT run_id, model, revision, role, source, task FROM runs JOIN tasks USING (run_id)
WHERE run_id NOT IN (SELECT run_id FROM retractions)
    AND CASE WHEN len($runs) > 0 THEN list_contains($runs, run_id) ELSE role <> 'control' OR $with_controls END
QUALIFY row_number() OVER (PARTITION BY model, revision, role, source, task ORDER BY started_at DESC, run_id) = 1
ORDER BY source, task, model, run_id
"""
COLUMNS = ("item_id", "cluster", "prompt", "answer")


class NoRepliesError(CounselError):
    """No stored run holds replies of a counselor."""


@dataclass(frozen=True)
class ReplyRun:
    """One task of one stored run."""

    run_id: str
    model: str
    revision: str | None
    role: str
    source: str
    task: str


@dataclass(frozen=True)
class CounselorTurn:
    """One turn of a counselor. `third`: of the session, 0 to 2; None for a single reply. `client`: the message before it."""

    item: str
    case: str
    third: int | None
    client: str
    text: str


def reply_runs(store: Store, runs: tuple[str, ...] = (), *, with_controls: bool = False) -> list[ReplyRun]:
    """The tasks of stored runs: of those named, or of all, controls only `with_controls`.

    Raises NoRepliesError for an id that is not stored.
    """
    with store.reading() as cursor:
        rows = frame(cursor, RUNS, {"runs": list(runs), "with_controls": with_controls}).to_dicts()
    if missing := sorted(set(runs) - {row["run_id"] for row in rows}):
        raise NoRepliesError(f"{missing[0]}: no stored run has this id. `counsel board --format json` lists the ids.")
    return [ReplyRun(**row) for row in rows]


def turns(store: Store, run: ReplyRun) -> list[CounselorTurn]:
    """The counselor's turns in a run's task, in stored order; none where its answers are no replies to a client.

    Raises StorageError as `run_tables.rows`.
    """
    samples = run_tables.rows(store, "samples", [run.run_id], COLUMNS, run.task)
    known = catalog().get(run.task)
    is_reply_task = known is not None and known.manifest.replies
    return [turn for row in samples.iter_rows(named=True) for turn in _turns(row, is_reply_task)]


def _turns(row: dict[str, Any], is_reply_task: bool) -> Iterator[CounselorTurn]:
    prompts = json.loads(row["prompt"]) if row["prompt"] else []
    for number, answer in enumerate(_texts(json.loads(row["answer"]))):
        session = _session(answer)
        if session is not None:
            yield from _session_turns(row, session)
        elif is_reply_task and answer.strip() != NOT_GENERATED:
            client = _last_client_message(prompts[number] if number < len(prompts) else [])
            yield CounselorTurn(row["item_id"], row["cluster"], None, client, answer)


def _texts(answer: Any) -> list[str]:
    return [text for text in (answer if isinstance(answer, list) else [answer]) if isinstance(text, str)]


def counselor_texts(answer: Any) -> list[str]:
    """What a counselor said in a sample's answer, turn by turn for a session; nothing for an answer that is not shown."""
    texts: list[str] = []
    for text in _texts(answer):
        session = _session(text)
        texts += [turn.text for turn in session.counselor_turns()] if session else [text]
    return texts


def _session(answer: str) -> SessionTranscript | None:
    if not answer.lstrip().startswith("{"):
        return None
    try:
        return read_transcript(answer)
    except TranscriptError:
        return None


def _session_turns(row: dict[str, Any], session: SessionTranscript) -> Iterator[CounselorTurn]:
    total, number, client = len(session.counselor_turns()), 0, ""
    for turn in session.turns:
        if turn.speaker == "client":
            client = turn.text
        else:
            yield CounselorTurn(row["item_id"], row["cluster"], 3 * number // total, client, turn.text)
            number += 1


def _last_client_message(messages: Any) -> str:
    users = [
        message.get("content") for message in messages if isinstance(message, dict) and message.get("role") == "user"
    ] if isinstance(messages, list) else []  # fmt: skip
    return users[-1] if users and isinstance(users[-1], str) else ""
