"""Requests through the proxy, as lm_eval makes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from counsel_leaderboard.registry.common.retry import Policy
from counsel_leaderboard.runners.harness.proxy import Proxy

Begin = Callable[..., Proxy]
AT_ONCE = Policy(attempts=8, backoff_s=0.0)
AT_MOST = {"503": 8, "429": 8}  # under load a server is given time


def ask(proxy: Proxy, body: bytes | str = "Hello.") -> dict[str, Any]:
    """One chat request as lm_eval makes it. A text stands for a conversation of one turn."""
    if isinstance(body, str):
        body = json.dumps({"model": "some-model", "messages": [{"role": "user", "content": body}]}).encode()
    response = httpx.post(
        f"{proxy.base_url}/chat/completions", content=body, headers=proxy.authorization, timeout=30, trust_env=False
    )
    assert response.status_code == 200
    return response.json()


def content(answer: dict[str, Any]) -> Any:
    (choice,) = answer["choices"]
    assert choice["index"] == 0
    return choice["message"]["content"]


class OnceThen:
    """Faults first, in order, and then one answer for good."""

    def __init__(self, answer: Any, *faults: Any) -> None:
        self.answer, self.faults = answer, list(faults)

    def __call__(self, _payload: dict[str, Any]) -> Any:
        return self.faults.pop(0) if self.faults else self.answer
