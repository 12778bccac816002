"""A session's transcript survives JSON, and a wrong one is refused by its field."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.sessions.transcript import (
    Disclosure,
    SessionTranscript,
    SessionTurn,
    TranscriptError,
    read_transcript,
)

SESSION = SessionTranscript(
    session="example-1",
    client="maria",
    counselor="model-a",
    turns=(
        SessionTurn(speaker="client", text="I don't know where to start.", author="script", rule="opening"),
        SessionTurn(
            speaker="counselor", text="Take your time.", author="model-a", tokens=4, finish_reason="stop", milliseconds=12
        ),
    ),
    disclosed=(Disclosure(fact="moved", turn=0),),
    ended_by="turn limit",
)


def test_a_transcript_survives_json() -> None:
    assert read_transcript(SESSION.model_dump_json()) == SESSION


def test_only_the_counselors_turns_are_measured() -> None:
    assert [turn.text for turn in SESSION.counselor_turns()] == ["Take your time."]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Hello.", "the whole text"),
        (SESSION.model_dump_json().replace('"counselor","text"', '"nurse","text"'), "turns.1.speaker"),
        (SESSION.model_dump_json().replace('"tokens":4', '"tokens":-4'), "turns.1.tokens"),
        (SESSION.model_dump_json().replace('"client":"maria",', ""), "client"),
    ],
)
def test_what_is_no_transcript_is_refused_by_its_field(text: str, field: str) -> None:
    with pytest.raises(TranscriptError, match=f"no session transcript: {field}:"):
        read_transcript(text)
