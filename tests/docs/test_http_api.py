"""The examples of docs/reference/http-api.md, sent to the API."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from counsel_leaderboard.leaderboard.api import ServerSettings, routes
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.hub import HubModel
from counsel_leaderboard.registry.manifests import catalog
from docs.generate import http_api, http_examples

TOKENS = {
    "COUNSEL_WORKER_TOKEN": "worker-token-0123456789abcdefghi",
    "COUNSEL_ADMIN_TOKEN": "admin-token-0123456789abcdefghij",
}
ROUTES = [(method, path, operation) for method, path, operation in http_api.operations(http_api.openapi())]


@pytest.mark.parametrize(("method", "path", "operation"), ROUTES, ids=[f"{method} {path}" for method, path, _ in ROUTES])
def test_an_example_is_a_call_that_the_api_understands(
    method: str, path: str, operation: http_api.Json, tmp_path: Path
) -> None:
    """An empty server knows no such run, request or lease; a field that it does not understand would be 422."""
    settings = ServerSettings(
        worker_token=TOKENS["COUNSEL_WORKER_TOKEN"], admin_token=TOKENS["COUNSEL_ADMIN_TOKEN"],
        tasks=lambda: {"counsel_stigma": catalog()["counsel_stigma"]},
        inspect=lambda name, revision, **_: HubModel(name, "a" * 40, 1_000_000, 2_000_000, "apache-2.0", "llama", True),
    )  # fmt: skip
    key = method, path
    token = TOKENS.get(http_api.caller(operation) or "")
    headers = {**http_examples.HEADERS.get(key, {}), **({"Authorization": f"Bearer {token}"} if token else {})}
    with Store.open(tmp_path / "home") as store:
        app = FastAPI()
        app.include_router(routes(store, settings))
        client = TestClient(app)
        content = b"" if key in http_examples.ARCHIVES else None
        answer = client.request(
            method, http_examples.url(method, path), json=http_examples.BODIES.get(key), content=content, headers=headers
        )
    if key in http_examples.ARCHIVES:
        assert answer.status_code in (404, 422)
        assert answer.json()["field"] in ("spec_id", "body")
    else:
        assert answer.status_code in (200, 201, 204, 404), answer.text


def test_a_route_that_asks_for_a_token_refuses_a_call_without_one(tmp_path: Path) -> None:
    """The page says who may call; the routes for anyone are those that it says anyone may call."""
    with Store.open(tmp_path / "home") as store:
        app = FastAPI()
        app.include_router(
            routes(
                store,
                ServerSettings(worker_token="worker-token-0123456789abcdefghi", admin_token="admin-token-0123456789abcdefghij"),
            )
        )
        client = TestClient(app)
        refused = {
            (method, path)
            for method, path, _ in ROUTES
            if client.request(
                method, http_examples.url(method, path), json=http_examples.BODIES.get((method, path))
            ).status_code
            == 401
        }
    guarded = {(method, path) for method, path, operation in ROUTES if http_api.caller(operation) in TOKENS}
    assert refused == guarded
