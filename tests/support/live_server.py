"""A server of the pages in this process, a Hub of our own beside it, and a worker whose engine is a script."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import ServerSettings
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, ModelSpec
from counsel_leaderboard.leaderboard.submissions import hub
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.worker import Server, Worker, WorkerSettings
from counsel_leaderboard.runners.worker.packaging import Steps
from counsel_leaderboard.runners.worker.work_dir import locked_work_dir
from counsel_leaderboard.space.server.serving import listen
from tests.support.fake_hub import CONFIG, FakeHub, FakeModel
from tests.support.homes import stigma
from tests.support.parsing import in_this_process
from tests.support.run_folders import write

WORKER, HOST = "worker-token-of-the-test", "host-token-of-the-test"
SETTINGS = ServerSettings(
    worker_token=WORKER,
    admin_token=HOST,
    admission="automatic",
    person_quota=3,
    address_quota=50,
    lease_seconds=30,
    tasks=lambda: {name: catalog()[name] for name in ("counsel_stigma", "counsel_preference_rank")},
    inspect=hub.inspect,
    child=in_this_process,
)


def in_event_loop(make: Callable[..., Any], *arguments: Any) -> Any:
    """`make(*arguments)` inside a running event loop: outside one Gradio makes loops that it never closes.

    In a thread of its own, since Playwright has a loop in this one.
    """

    async def run() -> Any:
        return make(*arguments)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


def with_models(fake: FakeHub) -> FakeHub:
    """A Hub that holds one model to submit and one for each rule that a form can break."""
    good = FakeModel().files
    fake.models = {
        "org/model": FakeModel(parameters=7_000_000_000),
        "org/other": FakeModel(),
        "org/gated": FakeModel(gated="manual"),
        "org/pickles": FakeModel(files={**{k: v for k, v in good.items() if "safetensors" not in k}, "pytorch_model.bin": 5}),
        "org/remote-code": FakeModel(files={**good, "config.json": {**CONFIG, "auto_map": {"AutoModel": "m.M"}}}),
        "org/no-template": FakeModel(files={**good, "tokenizer_config.json": {"tokenizer_class": "LlamaTokenizerFast"}}),
        "org/no-licence": FakeModel(licence=None),
    }
    return fake


def point_at(fake: FakeHub, patch: pytest.MonkeyPatch) -> None:
    """Let the hub client ask `fake`: it reads its endpoint when it is imported, so it is set where the client keeps it."""
    for module in ("constants.ENDPOINT", "hf_api.constants.ENDPOINT", "file_download.constants.ENDPOINT"):
        patch.setattr(f"huggingface_hub.{module}", fake.url)
    patch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", fake.url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of `app` while a thread serves it."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


class Script:
    """Stands for answering: says how far it is, waits until it may go on, then writes the run folder that lm_eval would."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def generate(self, evaluation: Evaluation, reporter: Any) -> Path:
        """The run folder of the evaluation."""
        reporter.update(12, 24)
        assert self.go_on.wait(60)
        tasks = [replace(stigma(0.8, 5), name=task.name, version=task.version, combine="items") for task in evaluation.tasks]
        return write(evaluation.folder, tasks, record=evaluation.request.record(), model=evaluation.engine.model.name)


def spec(fields: Mapping[str, Any]) -> Any:
    """A model as vLLM would serve it, where there is no vLLM."""
    model = ModelSpec(
        name=fields["model"], revision=fields["revision"], parameters=fields["parameters"], licence=fields["licence"]
    )
    return SimpleNamespace(model=model, role="candidate", describe=lambda: EngineRecord(kind="vllm", version="0"))


@contextmanager
def worker(address: str, folder: Path, script: Script) -> Iterator[None]:
    """A real worker in a thread, whose engine is `script`; it takes requests until the block ends."""
    settings = WorkerSettings(engines=("vllm",), poll_seconds=0.1, max_wait_seconds=1, heartbeats_per_lease=60, environment={})
    server = Server(address.rstrip("/"), WORKER)
    with locked_work_dir(folder) as slot:
        new_worker = Worker(server, slot, settings, lambda _text: None, Steps(spec, script.generate))
        done = threading.Event()

        def run() -> None:
            while not done.is_set():
                if not new_worker.step():
                    time.sleep(0.1)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            script.go_on.set()
            done.set()
            thread.join()
            server.close()
