"""Made-up sessions of two counselors with a client of this release, in the form that the session server stores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.sessions.client_card import HybridClient
from counsel_leaderboard.registry.sessions.client_files import client_paths, read_client
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript
from tests.support.homes import store_run
from tests.support.run_folders import Item, Task, request

CLIENT: Final = "client-abena"
ASKS: Final = "It sounds like this week has been heavy. What has been the hardest part for you?"
ADVISES: Final = "You should go for a walk each day. You must also sleep more."
TASK: Final = "recorded_sessions"


def hidden_facts(client: str = CLIENT) -> list[tuple[str, str]]:
    """The hidden facts of a client of this release: id and text."""
    path = next(path for path in client_paths() if path.stem == client)
    card = read_client(path)
    assert isinstance(card, HybridClient)
    return [(fact.id, fact.text) for fact in card.facts if fact.hidden]


def played(session: str, words: str, *, discloses: bool = True, **changes: Any) -> SessionTranscript:
    """A session of four turns; the first hidden fact is told in the third turn, if at all."""
    turns = [
        {"speaker": "client", "text": f"Opening of {session}.", "author": "script", "rule": "opening"},
        {"speaker": "counselor", "text": words, "author": "toy", "tokens": 9, "finish_reason": "stop"},
        {"speaker": "client", "text": "Since May, I think.", "author": "script", "rule": "line best-match"},
        {"speaker": "counselor", "text": "...", "author": "toy", "finish_reason": "length"},
    ]
    disclosed = [{"fact": hidden_facts()[0][0], "turn": 2}] if discloses else []
    facts = {"session": session, "client": CLIENT, "counselor": "toy", "turns": turns, "disclosed": disclosed}
    return SessionTranscript.model_validate({**facts, "ended_by": "turn limit", **changes})


def played_item(
    transcript: SessionTranscript, *, risk: bool = False, appropriate: int | None = None, talk_ratio: float = 0.5
) -> Item:
    """The stored item of a session; its id is the session's."""
    judged = {} if appropriate is None else {"appropriate": appropriate}
    metrics = {"talk_ratio": talk_ratio, "words_a_turn": 4.0, "questions_a_turn": 1.0, "scored_rate": 1.0, **judged}
    return Item(
        transcript.session, metrics, cluster=transcript.session, risk=risk, content_note="debt",
        replies=(transcript.model_dump_json(),), extra={"client": CLIENT, "turns": len(transcript.turns)},
    )  # fmt: skip


def played_run(home: Path, store: Store, name: str, items: list[Item]) -> str:
    """Store one run of whole sessions of the model `name`."""
    task = Task(
        TASK, items, "talk_ratio", area="sessions", ranked=False, overall=False, source="upstream",
        dataset="open-clients", says_metrics=False,
    )  # fmt: skip
    return store_run(
        home,
        [task],
        request([task], model=name, engine={"kind": "recorded", "version": "1", "options": {}}),
        name.replace("/", "-"),
        store,
    )


def longest_session(pair: dict[str, str]) -> str:
    """The side of a pair with more words of the counselor, "a", "b" or "tie"."""
    counts = []
    for side in ("a", "b"):
        turns = json.loads(pair[side])["turns"]
        counts.append(sum(len(turn["text"]) for turn in turns if turn["speaker"] == "counselor"))
    return "tie" if counts[0] == counts[1] else "ab"[counts[1] > counts[0]]
