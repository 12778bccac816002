from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import routes
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import TaskInfo
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.worker import Server, Worker, WorkerSettings
from counsel_leaderboard.runners.worker.packaging import STEPS, Steps
from counsel_leaderboard.runners.worker.work_dir import WorkDir, locked_work_dir
from tests.support.host_client import SETTINGS
from tests.support.run_folders import Item, Task, write

ITEMS = [Item("v1-q1", {"stigma": 1.0, "scored_rate": 1.0}), Item("v2-q1", {"stigma": 0.0, "scored_rate": 1.0})]


class Wire(httpx.BaseTransport):
    """The way to the app in this process. `faults` holds, call by call, what goes wrong: None, "down", or "answer lost"."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.faults: dict[str, list[str | None]] = {}
        self.uploads: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        verb = request.url.path.rsplit("/", 1)[-1]
        body = request.read()
        planned = self.faults.get(verb, [])
        fault = planned.pop(0) if planned else None
        if fault == "down":
            raise httpx.ConnectError("planned", request=request)
        answer = asyncio.run(self._pass_on(request, body))
        if verb == "run":
            self.uploads.append(body)
        if fault == "answer lost":
            raise httpx.ReadError("planned", request=request)
        return answer

    async def _pass_on(self, request: httpx.Request, body: bytes) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test") as client:
            response = await client.request(request.method, str(request.url), headers=request.headers, content=body)
            return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(response.content))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def wire(store: Store) -> Wire:
    app = FastAPI()
    app.router.routes.extend(routes(store, replace(SETTINGS, judge="the-judge")).routes)
    return Wire(app)


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[WorkDir]:
    with locked_work_dir(tmp_path / "machine") as slot:
        yield slot


@pytest.fixture
def host(wire: Wire) -> Iterator[Server]:
    server = Server("http://test", "admin-token-1", wire)
    yield server
    server.close()


Make = Callable[..., Worker]
"""What the fixture `make` gives."""


class LogLines(list[str]):
    """What a worker logged."""

    def __call__(self, text: str) -> None:
        self.append(text)


@pytest.fixture
def make(wire: Wire, slot: WorkDir, request: pytest.FixtureRequest) -> Iterator[Callable[..., Worker]]:
    """A worker with changed settings; its engine is `script` in a test that has one."""
    servers: list[Server] = []
    usual = request.getfixturevalue("script").steps if "script" in request.fixturenames else STEPS

    def new_worker(steps: Steps = usual, **changes: Any) -> Worker:
        server = Server("http://test", "worker-token-1", wire)
        servers.append(server)
        settings = WorkerSettings(
            engines=("control",), poll_seconds=0.01, max_wait_seconds=0.01, environment={"HF_TOKEN": "hf_planted_secret"}
        )
        return Worker(server, slot, replace(settings, **changes), LogLines(), steps)

    yield new_worker
    for server in servers:
        server.close()


class Script:
    """Stands for answering: writes the run folder that lm_eval would, or does what the test says first."""

    def __init__(self) -> None:
        self.calls = 0
        self.first: list[Callable[[Evaluation, Any], None]] = []
        self.items = ITEMS
        self.dataset = "open-stigma"
        self.judge: dict[str, Any] | None = None

    @property
    def steps(self) -> Steps:
        """A worker's steps with this script in the place of an engine."""
        return Steps(generate=lambda evaluation, reporter: self.generate(evaluation, reporter))

    def generate(self, evaluation: Evaluation, reporter: Any) -> Path:
        self.calls += 1
        reporter.update(1, 2)
        if self.first:
            self.first.pop(0)(evaluation, reporter)
        tasks = [self._task(info, evaluation.spec.source) for info in evaluation.tasks]
        record = evaluation.request.record()
        return write(evaluation.folder, tasks, record=record, model=evaluation.engine.model.name, limit=evaluation.spec.limit)

    def _task(self, info: TaskInfo, source: str) -> Task:
        """What the task's own manifest says, over the script's items."""
        facts = info.manifest.record()
        named = ("version", "area", "headline", "combine", "ranked", "overall", "judged")
        return Task(
            info.name, self.items, range=tuple(facts["range"]), dataset=self.dataset, source=source, judge=self.judge,
            says_metrics=False, **{name: facts[name] for name in named},
        )  # fmt: skip


@pytest.fixture
def script() -> Script:
    return Script()


def submit(host: Server, model: str = "control/letter-a", **changes: Any) -> str:
    body = {"model": model, "submitter": "host", "tasks": ["counsel_stigma"], **changes}
    return str(host.call("POST", "/submissions", json=body)["request"]["id"])
