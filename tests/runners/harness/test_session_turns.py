"""Turns of a session on their way through the proxy."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from counsel_leaderboard.registry.sessions.transcript import read_transcript
from counsel_leaderboard.runners.engines import Served
from counsel_leaderboard.runners.harness.proxy import running_proxy
from counsel_leaderboard.runners.sessions.session_setup import SessionSetup
from tests.support.sessions import led, stage
from tests.support.stand_in_server import standing_in


def test_a_turn_that_does_not_fit_the_context_ends_its_session_by_that_name(tmp_path: Path) -> None:
    """The engine is not asked: some refuse such a prompt without a reason, and some cut it silently."""
    order = json.dumps({"session": "s1", "client": led().id, "turns": 12})
    body = {"model": "some-model", "messages": [{"role": "user", "content": order}], "max_tokens": 200}
    setup = SessionSetup({led().id: led()}, stage(), tmp_path, None, 1)
    with standing_in() as start:
        engine = start(lambda _: "And then? " * 60)
        with running_proxy(Served(engine.base_url, "some-model", context_length=1000), sessions=setup) as proxy:
            url = f"{proxy.base_url}/chat/completions"
            answer = httpx.post(url, json=body, headers=proxy.authorization, timeout=30, trust_env=False).json()
    transcript = read_transcript(answer["choices"][0]["message"]["content"])
    assert transcript.failure is not None
    assert transcript.failure.startswith("counselor turn ")
    assert "too long" in transcript.failure
    assert "where the context holds 1000" in transcript.failure
    assert len(transcript.counselor_turns()) == len(engine.payloads) > 0
