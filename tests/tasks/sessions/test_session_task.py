"""What the session server is asked, and what a run records of who worded the clients."""

from __future__ import annotations

import json

import pytest

from counsel_leaderboard.registry.sessions.client_card import LedClient
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.danger_card import SERIES_TURNS
from counsel_leaderboard.runners.sessions.session_request import read_request
from tests.support.session_transcripts import transcript
from tests.support.task_folders import PLAYED


def turns(card):
    """The counselor turns of a session with a client."""
    return SERIES_TURNS[card.series] if isinstance(card, LedClient) else 12


@pytest.mark.parametrize(
    ("name", "setting", "merged"),
    [
        pytest.param(name, setting, merged, marks=[pytest.mark.slow] if merged and name != "counsel_session" else [])
        for name in sorted(PLAYED)
        for setting, merged in (("system", False), ("merge", True))
    ],
)
def test_the_session_server_reads_each_request(load, monkeypatch, name, setting, merged):
    monkeypatch.setenv("COUNSEL_SYSTEM_ROLE", setting)
    task, clients = load(name), load_clients()
    for doc in task.dataset["test"]:
        (messages,) = task.fewshot_context(doc, 0, apply_chat_template=True, chat_template=lambda turns, **_: turns)
        read = read_request({"messages": messages, "max_tokens": 400}, clients)
        assert (read.order.client, read.order.turns, read.turn_tokens) == (doc["client"], turns(clients[doc["client"]]), 400)
        assert read.order.merge_system == merged
        assert read.system.startswith("You are a counselor")


@pytest.mark.parametrize(
    ("name", "model", "words"),
    [
        ("counsel_session", None, "scripted wording"),
        ("counsel_session", "speaker-1", "speaker-1"),
        ("counsel_ctrs", None, "fixed sides"),
        ("counsel_crisis", None, "fixed sides"),
        ("counsel_drift", None, "fixed sides"),
    ],
)
def test_a_run_says_who_worded_the_clients(load, monkeypatch, name, model, words):
    monkeypatch.setenv("COUNSEL_JUDGE", "none")
    task = load(name)
    doc = next(iter(task.dataset["test"]))
    task.build_all_requests(limit=1, rank=0, world_size=1)
    (instance,) = task.instances
    instance.resps.append(transcript(("Hello.", "Hello."), client=doc["client"], client_model=model).model_dump_json())
    task.apply_filters()
    assert task.config.metadata["clients_worded_by"] == words
    assert json.loads(instance.filtered_resps["judge"])["measured"]["metrics"]["counselor_turns"] == 1
