"""The HTTP API in this process, with the tokens of the host and of a worker."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import ServerSettings, routes
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.hub import HubModel
from counsel_leaderboard.registry.manifests import catalog
from tests.support.parsing import in_this_process

WORKER = {"Authorization": "Bearer worker-token-1"}


HOST = {"Authorization": "Bearer admin-token-1"}


SHA = "a" * 40


def inspect(name: str, revision: str, **_: Any) -> HubModel:
    return HubModel(name, SHA, 1_000_000, 2_000_000, "apache-2.0", "llama", True)


class Client:
    """Calls the app in this process; an exception that the app lets through fails the test."""

    def __init__(self, store: Store, settings: ServerSettings) -> None:
        self.app = FastAPI()
        self.app.router.routes.extend(routes(store, settings).routes)
        self.store = store
        self.address = "203.0.113.1"

    def __call__(self, method: str, path: str, **call: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self.address, 1234))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path if path.startswith("/metrics") else f"/api/v1{path}", **call)

        return asyncio.run(go())

    def submit(self, model: str = "org/model", headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        submission = {"model": model, "submitter": "ada", "tasks": ["counsel_stigma"], **body}
        return self("POST", "/submissions", json=submission, headers=headers)

    def claim(self, worker: str = "w1", **body: Any) -> dict[str, Any]:
        answer = self("POST", "/claim", json={"worker": worker, "engines": ["vllm", "control"], **body}, headers=WORKER)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def upload(self, work: dict[str, Any], body: bytes, **headers: str) -> httpx.Response:
        return self(
            "POST",
            f"/requests/{work['request']['id']}/run",
            content=body,
            headers={**WORKER, "Lease": work["lease"], **headers},
        )


SETTINGS = ServerSettings(
    worker_token="worker-token-1",
    admin_token="admin-token-1",
    admission="automatic",
    person_quota=50,
    address_quota=50,
    upload_bytes=200_000,
    secrets={"HF_TOKEN": "hf_planted_secret"},
    tasks=lambda: {name: catalog()[name] for name in ("counsel_stigma", "counsel_psyllm")},
    inspect=inspect,
    child=in_this_process,
)


def with_settings(client: Client, **changes: Any) -> Client:
    return Client(client.store, replace(SETTINGS, **changes))
