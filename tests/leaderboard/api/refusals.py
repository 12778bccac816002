"""What a refusal looks like, and a claimed request to be refused for."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.host_client import Client


def refused(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    body = answer.json()
    assert set(body) == {"field", "rule", "message"}
    assert all(body.values()), body


def nothing_stored(client: Client) -> None:
    assert set(client("GET", "/queue").json()["counts"].values()) == {0}
    assert not list((client.store.home / "requests").glob("*"))
    assert not list(client.store.runs.glob("*"))


def claimed(client: Client) -> dict[str, Any]:
    client.submit()
    return client.claim()
