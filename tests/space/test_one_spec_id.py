"""One submission, followed by its one spec_id: form, API, worker's folder, run folder, store, board, pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
import pytest
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import routes
from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.submissions.validate import Submitted
from counsel_leaderboard.registry.manifests import select
from counsel_leaderboard.runners.engines import Endpoint
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.worker import Server, Worker, WorkerSettings
from counsel_leaderboard.runners.worker.packaging import Steps
from counsel_leaderboard.runners.worker.work_dir import locked_work_dir
from counsel_leaderboard.space.address import Address, parse
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.services.submission_service import Caller, SubmissionService
from counsel_leaderboard.space.tabs.queue import QueueTab
from counsel_leaderboard.space.views import board, model, submit
from counsel_leaderboard.space.views.form import SubmissionForm
from tests.support.homes import stigma
from tests.support.host_client import inspect
from tests.support.live_server import SETTINGS, WORKER, in_event_loop, spec
from tests.support.run_folders import write
from tests.support.worker import Wire

FORM = SubmissionForm(model="org/model", tasks=("counsel_stigma",), submitter="ada", interest="no")
LINK = re.compile(r'href="(\?[^"]*)"')


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SubmissionService]:
    with Store.open(tmp_path / "home") as store:
        yield SubmissionService(store, replace(SETTINGS, inspect=inspect))


@pytest.fixture
def wire(desk: SubmissionService) -> Wire:
    app = FastAPI()
    app.include_router(routes(desk.queue.store, desk.settings))
    return Wire(app)


class Works(NamedTuple):
    """What the worker evaluated, and its steps."""

    evaluations: list[Evaluation]
    steps: Steps


@pytest.fixture
def works() -> Works:
    """No engine is started, and the run folder is made up."""
    evaluations: list[Evaluation] = []

    def generate(evaluation: Evaluation, reporter: Any) -> Path:
        evaluations.append(evaluation)
        return folder_of(evaluation, evaluation.folder)

    return Works(evaluations, Steps(spec, generate))


def folder_of(evaluation: Evaluation, folder: Path, **changes: Any) -> Path:
    tasks = [replace(stigma(0.8, 5), name=task.name, version=task.version, combine="items") for task in evaluation.tasks]
    return write(folder, tasks, record=evaluation.request.record(), model=evaluation.engine.model.name, **changes)


def work(wire: Wire, folder: Path, steps: Steps) -> None:
    """A worker takes what waits and ends."""
    server = Server("http://test", WORKER, wire)
    with locked_work_dir(folder) as slot:
        Worker(server, slot, WorkerSettings(engines=("vllm",), environment={}), lambda line: None, steps).run(once=True)
    server.close()


def queue_tab(desk: SubmissionService) -> QueueTab:
    with gr.Blocks():
        return QueueTab(desk)


def links(page: str) -> list[Address]:
    return [parse(query.replace("&amp;", "&"))[0] for query in LINK.findall(page)]


def test_one_id_from_the_form_to_the_board(desk: SubmissionService, wire: Wire, works: Works, tmp_path: Path) -> None:
    submitted = desk.submit(FORM, Caller("203.0.113.1"))
    assert isinstance(submitted, Submitted)
    (follow,) = links(submit.accepted(submitted, desk.settings))
    spec_id = follow.request
    assert re.fullmatch("[0-9a-f]{16}", spec_id)
    host = Server("http://test", None, wire)

    work(wire, tmp_path / "machine", works.steps)
    answer = host.read(spec_id)
    assert (answer["spec_id"], answer["id"], answer["state"]) == (spec_id, spec_id, "done")
    (evaluation,) = works.evaluations
    assert evaluation.work.relative_to(tmp_path / "machine/worker/0").parts[:2] == ("work", spec_id)
    run_id = answer["run_id"]
    (file,) = desk.queue.store.runs.glob("*/request.json")
    assert (file.parent.name, json.loads(file.read_text())["spec"]) == (run_id, evaluation.spec.record())
    assert host.call("GET", f"/runs/{run_id}")["spec_id"] == spec_id
    assert {(row["run_id"], row["spec_id"]) for row in host.call("GET", "/leaderboard")} == {(run_id, spec_id)}
    assert [run["run_id"] for run in host.call("GET", "/runs", params={"spec_id": spec_id})] == [run_id]

    reader = BoardReader(desk.queue.store)
    suite = reader.suite("open")
    (of_run, *_) = [link for link in links(board.html(suite.display, suite.columns, Address())) if link.run]
    assert of_run.run == run_id
    page = model.page(reader, suite, of_run, ()).top
    assert [link.request for link in links(page) if link.tab == "queue"] == [spec_id]
    assert f"request {spec_id}" in page
    host.close()


def test_all_runs_of_a_spec_are_listed(desk: SubmissionService, wire: Wire, works: Works, tmp_path: Path) -> None:
    """A worker's run, and one that the host made on another machine and stored from its folder."""
    desk.submit(FORM, Caller("203.0.113.1"))
    work(wire, tmp_path / "machine", works.steps)
    (evaluation,) = works.evaluations
    again = ingest(folder_of(evaluation, tmp_path / "again", date=1767400000.0), desk.queue.store.home, store=desk.queue.store)
    spec_id = evaluation.spec.spec_id
    host = Server("http://test", None, wire)
    answered = host.read(spec_id)["run_id"]
    runs = host.call("GET", "/runs", params={"spec_id": spec_id})
    assert [(run["run_id"], run["spec_id"], run["model"]) for run in runs] == [
        (again.run_id, spec_id, "org/model"), (answered, spec_id, "org/model"),
    ]  # fmt: skip
    assert host.call("GET", "/runs", params={"spec_id": "0" * 16}) == []
    tab = in_event_loop(queue_tab, desk)
    page = tab.show(Address(tab="queue", request=spec_id))[tab.request]
    assert {link.run for link in links(page) if link.tab == "model"} == {answered, again.run_id}
    host.close()


def test_answers_of_two_servers_to_one_spec_are_never_mixed(tmp_path: Path) -> None:
    """Host, version and options are no part of what is asked, and may change every answer."""
    engines = [Endpoint(ModelSpec(name="m"), f"http://{host}/v1") for host in ("a", "b")]
    first, second = (Evaluation.of(engine, select(["counsel_stigma"]), tmp_path) for engine in engines)
    assert first.spec.spec_id == second.spec.spec_id == first.request.spec_id
    assert first.work != second.work
    for evaluation in (first, second):
        evaluation.work.mkdir(parents=True)
    first.discard_work()
    assert second.work.is_dir()
    second.discard_work()
    assert list((tmp_path / "work").iterdir()) == []
