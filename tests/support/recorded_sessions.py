"""Made-up sessions in the shapes of the sources that published some; nothing here is anybody's text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.recorded.sessions.ratings import DIMENSIONS, SessionRating
from tests.support.homes import store_run
from tests.support.run_folders import Item, Task, request

FOLDER = "talks/p_toy_a__a_toy_b_{'tokens': 9}__t4__r1__20250304_101112"
NAMES = ("toy-a", "toy-b")
TALK = "user: I lost my kite.\n\nchatbot: Oh no. When?\n\nuser: On Monday.\n\nchatbot: That is a long time."
GOOD, HARM = "Best Practice", "High Potential for Harm"


def rating(
    session: str = "0a1b2c", level: str = GOOD, rater: str = "clinician_a", persona: str = "Una", risk: str = "High"
) -> SessionRating:  # fmt: skip
    """What one rater said: the same level in every dimension."""
    return SessionRating(session, persona, risk, rater, dict.fromkeys(DIMENSIONS, level))


def conversation(
    folder: Path, name: str = "0a1b2c_Una_toy_run1.txt", text: str = TALK, inside: str = FOLDER
) -> tuple[str, Path]:  # fmt: skip
    """A text file of one conversation: its path in the source, and here."""
    path = folder / inside / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return f"{inside}/{name}", path


def turns(*words: Any) -> list[dict[str, Any]]:
    """Turns of a client and a counselor, the client first."""
    return [
        {"turn": number // 2 + 1, "role": ("user", "assistant")[number % 2], "content": text}
        for number, text in enumerate(words)
    ]


def scenario(name: str, *words: Any, **changes: Any) -> dict[str, Any]:
    """One scenario of a caregiver file."""
    spoken = turns(*(words or ("I care for my uncle.", "How is he?", "He sleeps a lot.", "And you?")))
    return {"scenario_id": name, "scenario": "An uncle", "category": "empathy", "turns": spoken, **changes}


def caregivers(folder: Path, given: Sequence[Any], **changes: Any) -> Path:
    """A caregiver file of the model toy-b."""
    path = folder / "toy-b.json"
    content = {
        "schema": "invisiblebench-model-transcripts/v1",
        "model_id": "maker/toy-b",
        "source_runs": [{"run_date": "2025-05-07T00:00:00+00:00"}, {"run_date": "2025-05-06T00:00:00+00:00"}],
        "transcripts": list(given),
        **changes,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


RATINGS = [{"dimension": "guides", "levels": ["Best Practice", "Best Practice"]}]


def session_item(number: int, *, risk: bool, harm_free: bool | None, words: str) -> Item:
    """A recorded session of two turns, the counselor's with `words`."""
    turns = [("client", "I lost my kite."), ("counselor", words)]
    transcript = {
        "session": f"s{number}", "client": "recorded", "source": "vera-mh", "counselor": "Talker", "ended_by": "turn limit",
        "turns": [{"speaker": side, "text": text, "author": "Talker"} for side, text in turns],
    }  # fmt: skip
    rated = {} if harm_free is None else {"appropriate": int(harm_free)}
    facts = {"path": f"talks/s{number}.txt", "date": "2025-03-04", "turns": 2, "harm_free": harm_free, "ratings": RATINGS}
    return Item(
        f"s{number}", {"talk_ratio": 0.5, "words_a_turn": 4.0, "scored_rate": 1.0, **rated}, cluster=f"p{number}",
        risk=risk, content_note="lost kites", replies=(json.dumps(transcript),), extra=facts,
    )  # fmt: skip


def session_run(home: Path, store: Store, options: dict[str, Any], items: list[Item]) -> str:
    """Store one recorded run of whole sessions, of the model Talker."""
    task = Task(
        "recorded_sessions", items, "talk_ratio", area="sessions", ranked=False, overall=False, source="upstream",
        dataset="vera-mh", says_metrics=False,
    )  # fmt: skip
    engine = {"kind": "recorded", "version": "1", "options": {**options, "withheld": None, "answers": {}}}
    asked = request([task], engine=engine)
    asked["model"] = {"name": "Talker", "revision": None, "family": None, "parameters": None, "licence": None}
    return store_run(home, [task], asked, "Talker", store)
