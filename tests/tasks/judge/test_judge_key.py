"""A judge's key through the real lm_eval: it reaches the judge, and never a record, a message, the store or the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from fastapi.testclient import TestClient

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.space.app import create_app
from tests.support.live_server import in_event_loop
from tests.support.scripted_replies import scripted_judge

KEY = "sk-planted-0123456789"
TASK = "counsel_psyllm"
GIVEN = {"comprehensiveness": 1, "professionalism": 1.5, "authenticity": 3, "safety": 0.5}


def repeating(_payload: dict[str, Any]) -> web.Response:
    """A server that refuses, and repeats the key that it was sent, as some do."""
    error = {"error": {"message": f"Incorrect API key provided: {KEY}.", "type": "invalid_request_error"}}
    return web.json_response(error, status=401)


def settings_of(judge: Any, key: str) -> dict[str, str]:
    return {"COUNSEL_JUDGE_URL": judge.base_url, "COUNSEL_JUDGE_MODEL": "scripted", "COUNSEL_JUDGE_KEY": key}


def files_with_the_key(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and b"planted" in path.read_bytes()]


@pytest.mark.slow
@pytest.mark.parametrize("end", ["\n", "\r\n", " ", "\t\n"])
def test_a_key_with_a_line_end_judges(serve: Callable[..., Any], lm_eval: Callable[..., Any], tmp_path: Path, end: str) -> None:
    candidate, judge = serve(lambda _: "I hear you."), serve(scripted_judge(lambda *_: GIVEN))
    run = lm_eval(candidate.base_url, TASK, "--limit", "2", **settings_of(judge, KEY + end))
    assert run.metric(TASK, "judged_rate") == 1
    assert {sample["counseling_quality"]["value"] for sample in run.samples(TASK)} == {(0.5 + 0.5 + 1 + 0.5) / 4}
    assert files_with_the_key(tmp_path) == []


@pytest.mark.slow
def test_a_key_that_cannot_be_sent_ends_the_run_before_the_first_question(
    serve: Callable[..., Any], lm_eval: Callable[..., Any], tmp_path: Path
) -> None:
    candidate, judge = serve(lambda _: "I hear you."), serve(scripted_judge(lambda *_: GIVEN))
    run = lm_eval(candidate.base_url, TASK, "--limit", "2", check=False, **settings_of(judge, f"{KEY}\nsecond line"))
    assert run.process.returncode != 0
    assert f"{TASK}: COUNSEL_JUDGE_KEY: holds a space, a line break" in run.process.stderr
    assert candidate.payloads == judge.payloads == []
    assert "planted" not in run.process.stdout + run.process.stderr
    assert files_with_the_key(tmp_path) == []


@pytest.mark.slow
def test_a_judge_that_repeats_the_key_is_not_quoted_anywhere(
    serve: Callable[..., Any], lm_eval: Callable[..., Any], tmp_path: Path
) -> None:
    """Not in the samples, the store, the API's samples, or the board's pages; the reason stands there in our words."""
    candidate, judge = serve(lambda _: "I hear you."), serve(repeating)
    run = lm_eval(candidate.base_url, TASK, "--limit", "2", **settings_of(judge, KEY))
    assert run.metric(TASK, "judged_rate") == 0
    assert [json.loads(sample["filtered_resps"][0])["errors"] for sample in run.samples(TASK)] == [["HTTP 401"]] * 2
    assert "planted" not in run.process.stdout + run.process.stderr
    home = tmp_path / "home"
    stored = ingest(run.folder, home)
    with Store.open(home) as store, TestClient(in_event_loop(create_app, store)) as client:
        shown = client.get(f"/api/v1/runs/{stored.run_id}/samples").text
        assert "HTTP 401" in shown
        assert "planted" not in shown
    assert files_with_the_key(tmp_path) == []
