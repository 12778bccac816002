"""A stand-in for any OpenAI-compatible server, and the real lm_eval command run against it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from lm_eval.tasks import TaskManager

from counsel_leaderboard import tasks
from tests.support.paths import SHARED

INCLUDE = Path(tasks.__file__).parent

Answer = Callable[[dict[str, Any]], Any]


@dataclass
class StandIn:
    """Answers chat completions with what `answer(payload)` gives: a text, None, or an aiohttp response (a fault)."""

    answer: Answer
    url: str = ""
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        payload = await request.json()
        self.seen.append(payload)
        content = self.answer(payload)
        if asyncio.iscoroutine(content):
            content = await content
        if isinstance(content, web.StreamResponse):
            return content
        if content is ConnectionError:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
        return web.json_response({"id": "x", "model": payload["model"], "choices": [choice], "usage": usage})


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], StandIn]]:
    """Start stand-ins on free loopback ports; all are stopped when the test ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runners: list[web.AppRunner] = []

    async def start(standin: StandIn) -> None:
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", standin.handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        runners.append(runner)
        standin.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"

    def begin(answer: Answer) -> StandIn:
        standin = StandIn(answer)
        asyncio.run_coroutine_threadsafe(start(standin), loop).result(10)
        return standin

    yield begin
    for runner in runners:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@dataclass(frozen=True)
class Run:
    """What one lm_eval command left behind."""

    process: subprocess.CompletedProcess[str]
    folder: Path

    @property
    def results(self) -> dict[str, Any]:
        (path,) = self.folder.rglob("results_*.json")
        return json.loads(path.read_text(encoding="utf-8"))

    def metric(self, task: str, name: str) -> Any:
        found = [number for key, number in self.results["results"][task].items() if key.split(",")[0] == name]
        return found[0] if found else None

    def samples(self, task: str) -> list[dict[str, Any]]:
        (path,) = self.folder.rglob(f"samples_{task}_2*.jsonl")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def harness(tmp_path: Path) -> Callable[..., Run]:
    """The real command with any model, run from a folder that is not the project's; no setting of the caller's reaches it."""

    def run(model: Sequence[str], names: str, *options: str, check: bool = True, name: str = "out", **env: str) -> Run:
        folder = tmp_path / name
        command = [sys.executable, "-m", "lm_eval", "run", "--model", *model, "--apply_chat_template"]
        command += ["--include_path", str(INCLUDE), "--tasks", names, "--output_path", str(folder), "--log_samples", *options]
        clean = {key: item for key, item in os.environ.items() if not key.startswith("COUNSEL_")}
        clean |= {"HF_HUB_OFFLINE": "1", "COUNSEL_CACHE": str(tmp_path / "cache"), "COUNSEL_HOME": str(tmp_path / "home")}
        clean |= {"COUNSEL_MIRROR": str(SHARED / "upstream")} | env
        process = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=900, check=False)
        assert not check or process.returncode == 0, process.stderr[-4000:]
        return Run(process, folder)

    return run


@pytest.fixture
def lm_eval(harness: Callable[..., Run]) -> Callable[..., Run]:
    """The real command against a chat server: `lm_eval(url, names, *options, **environment)`."""

    def run(url: str, *arguments: str, **more: Any) -> Run:
        address = f"model=stand-in,base_url={url}/chat/completions,num_concurrent=8,max_retries=2"
        return harness(["local-chat-completions", "--model_args", address], *arguments, **more)

    return run


@pytest.fixture(scope="session")
def load() -> Callable[..., Any]:
    """Load one of our tasks as lm-eval does."""

    def get(name: str, source: str = "open") -> Any:
        manager = TaskManager(include_path=INCLUDE, include_defaults=False, metadata={"source": source, "model": "m"})
        return manager.load([name])["tasks"][name]

    return get


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the upstream files; tests that replay them skip where it is missing."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with the upstream files is not here")
    return SHARED


def scripted_judge(choose: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Answer:
    """A judge that signs with the ticket it was given; `choose(user message, field schemas)` gives the other fields."""

    def answer(payload: dict[str, Any]) -> str:
        form = payload["response_format"]["json_schema"]["schema"]["properties"]
        rules = {name: rule for name, rule in form.items() if name not in ("ticket", "reason")}
        fields = choose(payload["messages"][1]["content"], rules)
        return json.dumps({"ticket": form["ticket"]["enum"][0], "reason": "Because.", **fields})

    return answer


@pytest.fixture
def judge_by() -> Callable[..., Answer]:
    """Make a scripted judge."""
    return scripted_judge
