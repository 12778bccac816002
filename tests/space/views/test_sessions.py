"""A session on a model's page: its turns, and what stands there where its words are not shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.board.samples import public_sample
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn
from counsel_leaderboard.space.views import sessions

TRANSCRIPT = SessionTranscript(
    session="s", client="recorded", source="vera-mh", counselor="toy", client_model="other", ended_by="turn limit",
    turns=(
        SessionTurn(speaker="client", text="I lost my kite.", author="other", rule="opening"),
        SessionTurn(speaker="counselor", text="Oh no.", author="toy", finish_reason="length"),
        SessionTurn(speaker="counselor", text="", author="toy"),
    ),
)  # fmt: skip


def sample(*, risk: bool | None = True, appropriate: float | None = None, **doc: Any) -> dict[str, Any]:
    facts = {"id": "s", "path": "a folder/p_{'x'}: y.txt", "date": "2025-03-04", "turns": 3, "ratings": [], **doc}
    stored = {
        "run_id": "r", "task": "recorded_sessions", "item_id": "s", "cluster": "Una", "stratum": "risk high",
        "dataset": "vera-mh", "content_note": "", "risk": risk, "doc": facts, "prompt": None, "target": "",
        "answer": [TRANSCRIPT.model_dump_json()], "verdict": None, "answer_hash": "sha256:0", "score": 0.5,
        "metrics": {} if appropriate is None else {"appropriate": appropriate},
    }  # fmt: skip
    return public_sample(stored, trusted=True)


def shown(**changes: Any) -> dict[str, Any]:
    session = sessions.of_sample(sample(**changes))
    assert session is not None
    return session


def test_every_turn_has_its_number_side_author_and_what_is_known_of_it():
    turns = sessions.turns(TRANSCRIPT)
    assert [(turn["number"], turn["speaker"], turn["author"], turn["words"]) for turn in turns] == [
        (1, "Client", "other", 4), (2, "Counselor", "toy", 2), (3, "Counselor", "toy", 0),
    ]  # fmt: skip
    assert [(turn["rule"], turn["cut"]) for turn in turns] == [("opening", False), (None, True), (None, False)]


def test_the_source_is_a_link_to_the_file_at_its_commit():
    where = shown(risk=False)["where"]
    assert where["link"] == (
        "https://github.com/zeppombal/VERA-MH/blob/e0e003a5004544ef70534275520e2aa4056638d6/"
        "a%20folder/p_%7B%27x%27%7D%3A%20y.txt"
    )
    assert (where["title"], where["date"]) == ("zeppombal/VERA-MH", "2025-03-04")
    assert shown(risk=False, path=None)["where"] is None
    assert sessions.source("no-such-card", {"path": "x"}) is None


@pytest.mark.parametrize(
    ("changes", "turns", "why"),
    [
        ({"risk": False}, 3, None),
        ({"risk": True, "appropriate": 1.0, "harm_free": True}, 3, None),
        ({"risk": True, "appropriate": 0.0, "harm_free": False}, 0, sessions.HARM_SEEN),
        ({"risk": True}, 0, sessions.NOBODY_READ),
        ({"risk": None}, 0, sessions.NOBODY_READ),
        ({"risk": False, "withheld": "their own"}, 0, sessions.NOT_SHOWN),
    ],
)
def test_words_are_shown_only_where_no_risk_or_no_harm_is_known(changes, turns, why):
    session = shown(**changes)
    assert (len(session["turns"]), session["why"], session["count"]) == (turns, why, 3)
    assert ("kite" in json.dumps(session)) == (why is None)


def test_levels_are_counted_by_dimension_and_a_foreign_shape_shows_nothing():
    given = [{"dimension": "guides", "levels": ["Best Practice", "Not Relevant", "Best Practice"]}]
    assert shown(risk=False, ratings=given)["ratings"] == [("guides", [("Best Practice", 2), ("Not Relevant", 1)])]
    for odd in ("text", 3, None, ["text"], [{"levels": ["x"]}], [{"dimension": "x", "levels": "text"}]):
        assert shown(risk=False, ratings=odd)["ratings"] == []


def test_another_task_and_an_answer_that_is_no_transcript_are_no_session():
    assert sessions.of_sample(sample(risk=False) | {"task": "counsel_response"}) is None
    assert sessions.of_sample(sample(risk=False) | {"answer": ["I hear you."]}) is None
