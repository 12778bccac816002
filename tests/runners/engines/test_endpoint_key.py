"""A candidate's key through `counsel eval`: it reaches the server, and no record or message, whatever the server says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.stand_in_server import fault

KEY = "sk-planted-0123456789"


@pytest.mark.slow
def test_a_candidates_server_that_repeats_the_key_is_not_quoted_anywhere(
    serve: Callable[..., Any], counsel: Callable[..., Any], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second answer is such a refusal: the run is stored, and says of the others what happened, without the key."""
    count = iter(range(1000))

    def answer(_payload: dict[str, Any]) -> Any:
        refused = fault(401, json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}."}}))
        return refused if next(count) % 2 else "C"

    monkeypatch.setenv("COUNSEL_ENDPOINT_KEY", f"{KEY}\n")
    outcome = counsel("eval", "some-model", "--url", serve(answer).url, "--tasks", "counsel_stigma", "--limit", "12")
    assert outcome.code == 0, outcome.err
    assert "6 of 12 requests got no answer and are left unscored:\n  | HTTP 401: " in outcome.err
    assert "Incorrect API key provided: [removed]." in outcome.err
    assert "planted" not in outcome.out + outcome.err
    (generation,) = home.rglob("runs/*/generation.json")
    assert set(json.loads(generation.read_text())["failures"]) == {"HTTP 401"}
    assert [path.name for path in home.rglob("*") if path.is_file() and b"planted" in path.read_bytes()] == []
