"""Whole sessions through queue and worker, with the embedded engine; slow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import routes
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.registry.sessions.transcript import read_transcript
from counsel_leaderboard.runners.engines import LlamaCpp
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress
from counsel_leaderboard.runners.models import demo_model
from counsel_leaderboard.runners.worker import Server, Worker
from counsel_leaderboard.runners.worker.packaging import Steps
from tests.support.host_client import SETTINGS
from tests.support.stand_in_server import StandIn
from tests.support.worker import Wire, submit

MODEL = "control/template"
TASKS = ["counsel_session", "counsel_ctrs"]


@pytest.fixture
def wire(store: Store) -> Wire:
    """A host that takes the session tasks."""
    app = FastAPI()
    settings = replace(SETTINGS, judge="the-judge", tasks=lambda: {name: catalog()[name] for name in TASKS})
    app.router.routes.extend(routes(store, settings).routes)
    return Wire(app)


class Embedded(LlamaCpp):
    """The embedded model under a control's name, which is what this worker offers."""

    def describe(self) -> EngineRecord:
        return super().describe().model_copy(update={"kind": "control"})


@pytest.mark.slow
def test_both_session_tasks_are_played_by_the_embedded_engine_through_queue_and_worker(
    make: Callable[..., Worker], host: Server, store: Store, serve: Callable[..., StandIn]
) -> None:
    engine = demo_model()
    embedded = Embedded(engine.model.model_copy(update={"name": MODEL}), engine.weights, role="control")
    spec_id = submit(host, MODEL, tasks=TASKS, limit=1)
    judge = serve(lambda _: "{}", models=["the-judge"])
    worker = make(Steps(engine_of=lambda _: embedded), judge=JudgeAddress(f"{judge.url}/v1", "the-judge"))
    assert worker.step()
    standing = host.read(spec_id)
    assert standing["state"] == "done", standing
    (run,) = store.runs.glob("[!.]*")
    files = sorted(run.glob("samples_*.jsonl"))
    assert len(files) == 2
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            transcript = read_transcript(json.loads(line)["resps"][0][0])
            # Ten turns of this model can fill its context, and then the session ends by that name.
            assert transcript.failure is None or "where the context holds" in transcript.failure
            assert transcript.counselor_turns()
