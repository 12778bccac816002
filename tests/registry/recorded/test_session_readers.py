"""The readers of published sessions on made-up files, and every way in which a file can be wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.registry.recorded import RecordError
from counsel_leaderboard.registry.recorded.sessions import invisiblebench, ratings, vera_mh
from counsel_leaderboard.registry.recorded.sessions.record import RecordedSession
from counsel_leaderboard.registry.sessions.transcript import read_transcript
from tests.support.recorded_sessions import (
    DIMENSIONS,
    FOLDER,
    GOOD,
    HARM,
    NAMES,
    TALK,
    caregivers,
    conversation,
    rating,
    scenario,
    turns,
)


def read_talks(files: list[tuple[str, Path]], given: list[ratings.SessionRating] | None = None) -> list[RecordedSession]:
    return vera_mh.read(files, "toy-b", NAMES, given or [], "toy-card")


def test_a_conversation_becomes_a_transcript_with_who_wrote_each_turn(tmp_path):
    (session,) = read_talks([conversation(tmp_path)], [rating()])
    transcript = session.transcript
    assert [(turn.speaker, turn.author, turn.text) for turn in transcript.turns] == [
        ("client", "toy-a", "I lost my kite."),
        ("counselor", "toy-b", "Oh no. When?"),
        ("client", "toy-a", "On Monday."),
        ("counselor", "toy-b", "That is a long time."),
    ]
    assert (transcript.session, transcript.client, transcript.source) == ("0a1b2c", "recorded", "toy-card")
    assert (transcript.counselor, transcript.client_model, transcript.ended_by) == ("toy-b", "toy-a", "turn limit")
    assert (session.id, session.cluster, session.date) == ("0a1b2c", "Una", "2025-03-04")
    answer = session.answer()
    assert answer.messages == (("user", "Session 0a1b2c"),)
    assert read_transcript(str(answer.reply)) == transcript


def test_an_empty_reply_is_a_turn_without_words(tmp_path):
    text = TALK.replace("chatbot: Oh no. When?", "chatbot: ")
    (session,) = read_talks([conversation(tmp_path, text=text)])
    assert [turn.text for turn in session.transcript.counselor_turns()] == ["", "That is a long time."]


@pytest.mark.parametrize(
    ("given", "at_risk", "harm_free"),
    [
        ([], True, None),  # nobody says how much at risk the persona is
        ([rating(risk="None")], False, True),
        ([rating(), rating(rater="expert_a")], True, True),
        ([rating(), rating(rater="expert_a", level=HARM)], True, False),
        ([rating("ffffff", risk="Low")], True, None),  # another session of the persona
    ],
)
def test_what_people_said_of_a_session_and_of_its_persona(tmp_path, given, at_risk, harm_free):
    (session,) = read_talks([conversation(tmp_path)], given)
    assert (session.at_risk, session.harm_free) == (at_risk, harm_free)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"text": TALK.rpartition("\n\nchatbot")[0]}, "has 3 turns, and 4 were published"),
        ({"text": f"{TALK}\n\nuser: Bye."}, "has 5 turns"),
        ({"text": TALK.replace("user: On", "chatbot: On")}, "turn 3: a turn is missing or doubled: chatbot speaks again"),
        ({"text": "chatbot: Hi.\n\nuser: Hi.\n\nchatbot: Hm.\n\nuser: Hm."}, "turn 1: a turn is missing"),
        ({"text": f"notes\n{TALK}"}, "has 4 turns"),
        ({"text": TALK.replace("I lost my kite.", "")}, "turn 1: the client says nothing"),
        ({"text": TALK.replace("Monday", "x" * (64 * 1024 + 1))}, "turn 3: is longer than"),
        ({"inside": FOLDER.replace("a_toy_b", "a_other")}, "names a model that is not the card's"),
        ({"inside": FOLDER.replace("p_toy_a", "p_other")}, "names a model that is not the card's"),
        ({"inside": FOLDER.replace("a_toy_b", "a_toy_a")}, "is no session of toy-b"),
        ({"inside": "talks/some"}, "does not name models"),
        ({"name": "Una.txt"}, "does not name models"),
    ],
)
def test_a_conversation_that_is_not_what_was_published_is_refused_by_name(tmp_path, changes, named):
    source, path = conversation(tmp_path, **changes)
    with pytest.raises(RecordError, match=named) as error:
        read_talks([(source, path)])
    assert source in str(error.value)


def test_bytes_that_are_no_text_a_doubled_session_and_ratings_of_another_persona_are_refused(tmp_path):
    source, path = conversation(tmp_path)
    other = conversation(tmp_path, "0a1b2c_Ode_toy_run1.txt")
    with pytest.raises(RecordError, match="session 0a1b2c stands in another file too"):
        read_talks([(source, path), other])
    with pytest.raises(RecordError, match="its ratings are of the persona Ode"):
        read_talks([(source, path)], [rating(persona="Ode")])
    path.write_bytes(b"user: \xff")
    with pytest.raises(RecordError, match="is not UTF-8"):
        read_talks([(source, path)])


HEAD = ["clinician_id", "conversation_id", "user_profile", "user_prompt_risk_level", *(f"clinician_{n}" for n in DIMENSIONS)]


def rating_file(folder: Path, *rows: list[str]) -> Path:
    path = folder / "ratings.csv"
    path.write_text("".join(",".join(row) + "\n" for row in (HEAD, *rows)), encoding="utf-8")
    return path


def row(rater: str = "clinician_a", session: str = "0a1b2c", risk: str = "Low", level: str = GOOD) -> list[str]:
    return [rater, session, "Una", risk, *[level] * 5]


def test_ratings_are_read_and_a_sign_before_an_id_is_none_of_it(tmp_path):
    read = ratings.read("ratings.csv", rating_file(tmp_path, row(), row("expert_a", "#0a1b2c", level=HARM)))
    assert read == [rating(risk="Low"), rating(risk="Low", rater="expert_a", level=HARM)]
    assert [given.clinician for given in read] == [True, False]


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([], "holds no rating"),
        ([row(), row()], "row 2: clinician_a rated 0a1b2c in an earlier row"),
        ([row(), row("expert_a", risk="High")], "row 2: Una has another level of risk"),
        ([row("somebody")], "row 1: names no session or no rater"),
        ([row(session="nobody")], "row 1: names no session or no rater"),
        ([row(level="Fine")], "row 1: clinician_detects is none of"),
        ([row(risk="")], "row 1: user_prompt_risk_level holds no text"),
        ([row()[:-1]], "row 1: has more or fewer cells"),
    ],
)
def test_ratings_that_are_not_what_was_published_are_refused(tmp_path, rows, named):
    with pytest.raises(RecordError, match=named):
        ratings.read("ratings.csv", rating_file(tmp_path, *rows))


LINES = ["I care for my uncle.", "He sleeps a lot."]
LISTED = {"tier1_uncle": invisiblebench.side_hash(LINES), "tier1_uncle__nap": None, "tier2_aunt": None}


def care(path: Path) -> list[RecordedSession]:
    return invisiblebench.read("toy-b.json", path, "toy-b", "toy-card", LISTED)


def three(**changes: Any) -> list[dict[str, Any]]:
    return [scenario("tier1_uncle", **changes), scenario("tier1_uncle__nap"), scenario("tier2_aunt")]


def test_a_session_has_the_scenario_s_id_only_where_all_models_heard_the_same(tmp_path):
    first, second, third = care(caregivers(tmp_path, three()))
    assert [session.id for session in (first, second, third)] == ["tier1_uncle", "tier1_uncle__nap-toy-b", "tier2_aunt-toy-b"]
    assert (first.part, second.part) == ("same client side", "client side of its own")
    assert (first.cluster, second.cluster) == ("tier1_uncle", "tier1_uncle")  # variants are one client
    assert {session.date for session in (first, second, third)} == {"2025-05-06"}
    assert [turn.author for turn in first.transcript.turns] == ["script", "toy-b", "script", "toy-b"]
    (changed, *_) = care(caregivers(tmp_path, three(turns=turns("I care for my aunt.", "Yes?", "She sings.", "Oh."))))
    assert changed.id == "tier1_uncle-toy-b"


def test_a_branch_of_the_script_and_a_cut_reply_are_marked(tmp_path):
    given = three()
    given[0]["turns"][2]["branch_id"] = "asked_again"
    given[0]["turns"][3]["truncated"] = True
    (first, *_) = care(caregivers(tmp_path, given))
    assert [(turn.rule, turn.finish_reason) for turn in first.transcript.turns[2:]] == [("asked_again", None), (None, "length")]


@pytest.mark.parametrize(
    ("changes", "at_risk"),
    [
        ({}, False),
        ({"category": "safety"}, True),
        ({"scenario": "Overdose at home"}, True),
        ({"turns": turns("I want to die.", "Tell me more.")}, True),
        ({"turns": turns("He sleeps.", "Some want to die.")}, False),  # what a model says is no sign of the client's risk
    ],
)
def test_which_sessions_count_as_risk(tmp_path, changes, at_risk):
    (first, *_) = care(caregivers(tmp_path, three(**changes)))
    assert first.at_risk == at_risk
    assert first.harm_free is None


def last(change: Callable[[dict[str, Any]], object]) -> list[dict[str, Any]]:
    given = three()
    change(given[0]["turns"][3])
    return given


@pytest.mark.parametrize(
    ("given", "changes", "named"),
    [
        (three()[:2], {}, "tier2_aunt is missing"),
        ([*three(), scenario("tier2_aunt")], {}, "tier2_aunt stands twice"),
        (three()[::-1], {}, "tier2_aunt is out of order"),
        ([*three(), scenario("tier3_cousin")], {}, "tier3_cousin is none of the published"),
        (last(lambda turn: turn.update(content=None)), {}, "tier1_uncle, turn 4: is NoneType, not text"),
        (last(lambda turn: turn.update(content=["x"])), {}, "tier1_uncle, turn 4: is list, not text"),
        (last(lambda turn: turn.update(role="user")), {}, "tier1_uncle, turn 4: is missing, doubled or out of order"),
        (last(lambda turn: turn.update(turn=7)), {}, "tier1_uncle, turn 4: is missing, doubled or out of order"),
        (three(turns=[]), {}, "turns is no list of turns"),
        (three(turns="text"), {}, "turns is no list of turns"),
        ([3], {}, "transcripts is no list of objects"),
        (three(), {"model_id": "maker/other"}, "holds 'maker/other', not toy-b"),
        (three(), {"schema": "other/v1"}, "is no invisiblebench-model-transcripts"),
        (three(), {"source_runs": []}, "source_runs names no day"),
    ],
)
def test_a_caregiver_file_that_is_not_what_was_published_is_refused(tmp_path, given, changes, named):
    with pytest.raises(RecordError, match=re.escape(named)) as error:
        care(caregivers(tmp_path, given, **changes))
    assert "toy-b.json" in str(error.value)


def test_a_cut_caregiver_file_is_refused(tmp_path):
    path = caregivers(tmp_path, three())
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RecordError, match="is not JSON"):
        care(path)


def test_the_listed_scenarios_are_those_of_which_56_have_one_client_side():
    listed = invisiblebench.client_sides()
    assert (len(listed), sum(value is not None for value in listed.values())) == (63, 56)
