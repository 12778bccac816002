"""What is read of a stored run: a counselor's turns, with the client's message before each."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.store import retractions
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.topics.stored_replies import CounselorTurn, NoRepliesError, reply_runs, turns
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn
from tests.support.homes import stigma, store_run
from tests.support.run_folders import request
from tests.support.topics import store_talk


def session(*lines: tuple[str, str]) -> str:
    spoken = tuple(SessionTurn(speaker=speaker, text=text, author="script") for speaker, text in lines)  # type: ignore[arg-type]
    return SessionTranscript(
        session="s1", client="recorded", counselor="org/model", turns=spoken, ended_by="unknown"
    ).model_dump_json()  # fmt: skip


def test_a_single_reply_has_the_clients_message_and_no_third(tmp_path: Path) -> None:
    run = store_talk(tmp_path, "org/model", {"a": "Tell me more."}, prompts={"a": "My exam is near."})
    with Store.open(tmp_path) as store:
        (known,) = reply_runs(store)
        assert (known.run_id, known.model, known.role, known.task) == (run, "org/model", "candidate", "counsel_preference")
        assert turns(store, known) == [CounselorTurn("a-item", "a", None, "My exam is near.", "Tell me more.")]


def test_a_session_is_read_turn_by_turn(tmp_path: Path) -> None:
    lines = [("counselor", "Hello."), ("client", "I am sad."), ("counselor", "Since when?"), ("counselor", "Go on."),
             ("client", "A week."), ("counselor", "A long week.")]  # fmt: skip
    store_talk(tmp_path, "org/model", {"a": session(*lines)})
    with Store.open(tmp_path) as store:
        known = turns(store, reply_runs(store)[0])
    assert [(turn.third, turn.client, turn.text) for turn in known] == [
        (0, "", "Hello."), (0, "I am sad.", "Since when?"), (1, "I am sad.", "Go on."), (2, "A week.", "A long week.")
    ]  # fmt: skip


def test_letters_of_multiple_choice_are_no_replies(tmp_path: Path) -> None:
    tasks = [stigma(0.5, 1)]
    store_run(tmp_path, tasks, request(tasks), "org/model")
    with Store.open(tmp_path) as store:
        assert turns(store, reply_runs(store)[0]) == []


def test_json_that_is_no_transcript_is_a_reply(tmp_path: Path) -> None:
    store_talk(tmp_path, "org/model", {"a": '{"turns": 3}'})
    with Store.open(tmp_path) as store:
        assert [turn.text for turn in turns(store, reply_runs(store)[0])] == ['{"turns": 3}']


def test_controls_and_retracted_runs_are_left_out_unless_named(tmp_path: Path) -> None:
    model = store_talk(tmp_path, "org/model", {"a": "Tell me more."})
    control = store_talk(tmp_path, "control/echo", {"a": "I am sad."}, role="control")
    gone = store_talk(tmp_path, "org/gone", {"a": "Never mind."})
    with Store.open(tmp_path) as store:
        retractions.retract(store, gone, "wrong template")
        assert [run.run_id for run in reply_runs(store)] == [model]
        assert [run.run_id for run in reply_runs(store, (control,))] == [control]
        with pytest.raises(NoRepliesError, match=gone):
            reply_runs(store, (gone,))
