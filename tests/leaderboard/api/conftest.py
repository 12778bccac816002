from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import ServerSettings, routes
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.hub import HubModel
from counsel_leaderboard.registry.manifests import catalog
from tests.support.run_folders import Item, Task, request, write

WORKER = {"Authorization": "Bearer worker-token-1"}
HOST = {"Authorization": "Bearer admin-token-1"}
SHA = "a" * 40
VERSION = catalog()["counsel_stigma"].version
STIGMA = Task(
    "counsel_stigma",
    [Item("v1-q1", {"stigma": 1.0, "scored_rate": 1.0}), Item("v2-q1", {"stigma": 0.0, "scored_rate": 1.0})],
    version=VERSION,
)


def inspect(name: str, revision: str, **_: Any) -> HubModel:
    return HubModel(name, SHA, 1_000_000, 2_000_000, "apache-2.0", "llama", True)


class Client:
    """Calls the app in this process; an exception that the app lets through fails the test."""

    def __init__(self, store: Store, settings: ServerSettings) -> None:
        self.app = FastAPI()
        self.app.include_router(routes(store, settings))
        self.store = store
        self.address = "203.0.113.1"

    def __call__(self, method: str, path: str, **call: Any) -> httpx.Response:
        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self.address, 1234))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path if path.startswith("/metrics") else f"/api/v1{path}", **call)

        return asyncio.run(go())

    def submit(self, model: str = "org/model", headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        asked = {"model": model, "submitter": "ada", "tasks": ["counsel_stigma"], **body}
        return self("POST", "/submissions", json=asked, headers=headers)

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
)


@pytest.fixture
def settings() -> ServerSettings:
    return SETTINGS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def client(store: Store, settings: ServerSettings) -> Client:
    return Client(store, settings)


def with_settings(client: Client, **changes: Any) -> Client:
    return Client(client.store, replace(SETTINGS, **changes))


def run_files(tmp_path: Path, *, task: Task = STIGMA, **changes: Any) -> dict[str, bytes]:
    """The files of a run that fits what `client.submit` asks for."""
    asked = request([task], model="org/model", **{"engine": {"kind": "vllm", "version": "1", "options": {}}, **changes})
    folder = write(tmp_path / f"run{len(list(tmp_path.iterdir()))}", [task], asked=asked)
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def tar(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, raw in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    return out.getvalue()
