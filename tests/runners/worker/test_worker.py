"""A worker against the real API in this process: what goes wrong costs an attempt at most, and never a finished run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier, current_thread
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ids as ingested
from counsel_leaderboard.leaderboard.submissions.queue import Queue
from counsel_leaderboard.runners.errors import EngineDiedError
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, JudgingError
from counsel_leaderboard.runners.worker import Server, Worker, WorkerSettings
from counsel_leaderboard.runners.worker.work_dir import WorkDir, locked_work_dir
from tests.support.worker import LogLines, Make, Script, Wire, submit


def left(slot: WorkDir) -> list[str]:
    """What lies in the worker's folder beside its name and lock."""
    return sorted(str(path.relative_to(slot.folder)) for path in slot.folder.glob("*/*") if any(path.rglob("*")))


def runs(store: Store) -> int:
    return len(list(store.runs.glob("[!.]*")))


def test_a_request_is_run_and_stored_and_nothing_is_left_behind(
    make: Make, host: Server, script: Script, slot: WorkDir, store: Store
) -> None:
    ids = [submit(host), submit(host, "control/letter-b")]
    make().run(once=True)
    assert [host.read(spec_id)["state"] for spec_id in ids] == ["done", "done"]
    assert (runs(store), script.calls, left(slot)) == (2, 2, [])


@pytest.mark.parametrize("faults", [["down"] * 3, ["answer lost"], ["answer lost", "down", "answer lost"]])
def test_an_upload_is_repeated_until_the_server_has_answered(
    make: Make, host: Server, script: Script, slot: WorkDir, store: Store, wire: Wire, faults: list[str | None]
) -> None:
    spec_id = submit(host)
    wire.faults["run"] = list(faults)
    make().run(once=True)
    assert host.read(spec_id)["state"] == "done"
    assert (runs(store), script.calls, left(slot)) == (1, 1, [])


def test_a_server_that_restarts_is_waited_for(make: Make, host: Server, script: Script, wire: Wire) -> None:
    spec_id = submit(host)
    wire.faults = {"claim": ["down", "down"], "heartbeat": ["down"]}
    make().run(once=True)
    assert host.read(spec_id)["state"] == "done"


def test_a_lost_answer_to_a_claim_costs_an_attempt_and_nothing_else(
    make: Make, host: Server, script: Script, wire: Wire
) -> None:
    spec_id = submit(host)
    wire.faults["claim"] = ["answer lost"]
    make().run(once=True)
    status = host.read(spec_id)
    assert (status["state"], status["attempts"], status["failures"][0]["reason"]) == ("done", 2, "lease_lost")


def test_three_failures_end_a_request_and_the_host_reads_why(make: Make, host: Server, script: Script, wire: Wire) -> None:
    spec_id = submit(host)

    def die(evaluation: Any, reporter: Any) -> None:
        raise EngineDiedError("the engine said hf_planted_secret and went")

    script.first = [die] * 3
    wire.faults["fail"] = ["down", None, "down", "down"]
    make().run(once=True)
    status = host.read(spec_id)
    assert (status["state"], status["reason"], status["attempts"]) == ("failed", "engine_died", 3)
    assert status["failures"][0]["detail"] == "the engine said [removed] and went"


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError("a secret text"),
        OverflowError("x"),
        RecursionError(),
        KeyError("path"),
        MemoryError(),
        AssertionError(),
    ],
)
def test_whatever_a_request_raises_is_reported_and_the_next_one_runs(
    make: Make, host: Server, script: Script, error: Exception
) -> None:
    ids = [submit(host), submit(host, "control/letter-b")]

    def raising(evaluation: Any, reporter: Any) -> None:
        raise error

    script.first = [raising] * 3
    make().run(once=True)
    first, second = (host.read(spec_id) for spec_id in ids)
    assert (first["state"], first["reason"], second["state"]) == ("failed", "harness_failed", "done")
    assert first["failures"][0]["detail"].startswith(type(error).__name__)
    assert "secret text" not in str(first)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_but_a_worker_that_is_told_to_end_ends(make: Make, host: Server, script: Script, stop: type[BaseException]) -> None:
    submit(host)

    def raising(evaluation: Any, reporter: Any) -> None:
        raise stop

    script.first = [raising]
    with pytest.raises(stop):
        make().run(once=True)


def test_an_attempt_after_a_failure_works_in_the_same_folder(make: Make, host: Server, script: Script) -> None:
    spec_id, folders = submit(host), []

    def note(evaluation: Any, reporter: Any) -> None:
        folders.append(evaluation.work)
        if len(folders) < 3:
            raise EngineDiedError("gone")

    script.first = [note] * 3
    make().run(once=True)
    assert host.read(spec_id)["state"] == "done"
    assert len(set(folders)) == 1
    assert spec_id in str(folders[0])


def test_a_stop_while_answering_gives_the_request_back(make: Make, host: Server, script: Script, slot: WorkDir) -> None:
    spec_id, worker = submit(host), make()
    script.first = [lambda evaluation, reporter: worker.stop()]
    worker.run()
    status = host.read(spec_id)
    assert (status["state"], status["attempts"], status["failures"]) == ("queued", 0, [])


def test_a_stop_while_uploading_finishes_or_keeps_the_run(
    make: Make, host: Server, script: Script, wire: Wire, slot: WorkDir
) -> None:
    spec_id, worker = submit(host), make()
    wire.faults["run"] = ["down"] * 3
    worker.retries.sleep = lambda seconds: worker.stop()
    worker.run()
    assert host.read(spec_id)["state"] == "running"
    assert left(slot)[0].startswith("finished/")
    wire.faults.clear()
    make().run(once=True)
    assert (host.read(spec_id)["state"], script.calls, left(slot)) == ("done", 1, [])


def test_a_cancelled_request_is_left_alone(make: Make, host: Server, script: Script, store: Store) -> None:
    spec_id = submit(host)

    def cancel(evaluation: Any, reporter: Any) -> None:
        host.call("DELETE", f"/submissions/{spec_id}")
        reporter.beat()
        reporter.update(2, 2)
        raise AssertionError("the evaluation went on")

    script.first = [cancel]
    make().run(once=True)
    assert (host.read(spec_id)["state"], runs(store)) == ("cancelled", 0)


def test_a_run_finished_under_a_lost_lease_is_kept_and_not_made_again(
    make: Make, host: Server, script: Script, slot: WorkDir, store: Store, wire: Wire
) -> None:
    """Another call claims under the worker's name while its upload fails: the lease is lost, the run is not."""
    spec_id, worker = submit(host), make()

    def steal(seconds: float) -> None:
        work = worker.server.claim({"worker": slot.name, "engines": ["control"], "held": slot.held()})
        assert work is not None
        worker.server.release(spec_id, work["lease"])

    wire.faults["run"] = ["down"]
    worker.retries.sleep = steal
    worker.run(once=True)
    assert (host.read(spec_id)["state"], script.calls, runs(store), left(slot)) == ("done", 1, 1, [])


def test_a_run_of_a_request_that_was_cancelled_meanwhile_is_dropped(
    make: Make, host: Server, script: Script, slot: WorkDir, wire: Wire, store: Store
) -> None:
    spec_id, worker = submit(host), make()
    wire.faults["run"] = ["down"]
    worker.retries.sleep = lambda seconds: host.call("DELETE", f"/submissions/{spec_id}")
    worker.run(once=True)
    assert (host.read(spec_id)["state"], left(slot), runs(store)) == ("cancelled", [], 0)


def test_a_run_that_the_server_refuses_is_set_aside(
    make: Make, host: Server, script: Script, slot: WorkDir, store: Store
) -> None:
    spec_id = submit(host, limit=5)

    def other(evaluation: Any, reporter: Any) -> None:
        script.items = script.items[:1] * 2  # the same item twice: results that do not follow from their samples

    script.first = [other]
    make().run(once=True)
    status = host.read(spec_id)
    assert (status["state"], status["reason"], runs(store)) == ("failed", "upload_rejected", 0)
    assert left(slot)[0].startswith("rejected/")


def test_a_judge_that_dies_costs_no_generation(make: Make, host: Server, script: Script) -> None:
    spec_id, judged = submit(host, tasks=["counsel_psyllm"]), []
    script.judge = {"model": "the-judge", "url_host": "judge", "revision": None}

    def judge_run(folder: Path, judge: JudgeAddress, reporter: Any) -> None:
        judged.append(folder)
        if len(judged) == 1:
            raise JudgingError("the judge went away")

    steps = replace(script.steps, judge=judge_run)
    make(steps, judge=JudgeAddress("http://judge/v1", "the-judge")).run(once=True)
    status = host.read(spec_id)
    assert (status["state"], status["failures"][0]["reason"]) == ("done", "judge_unreachable")
    assert (script.calls, len(judged)) == (1, 2)


@pytest.mark.slow
def test_two_workers_take_two_hundred_requests_and_none_twice(
    wire: Wire, host: Server, script: Script, store: Store, tmp_path: Path
) -> None:
    """Counted from what the queue says of its attempts, from the runs in the store, and from what the engine was asked."""
    ids = [submit(host, limit=2 + number) for number in range(200)]
    requests: list[tuple[str, str]] = []
    answer, begin = script.generate, Barrier(2)

    def generate(evaluation: Any, reporter: Any) -> Path:
        requests.append((current_thread().name, evaluation.work.name))
        return answer(evaluation, reporter)

    def work(number: int) -> None:
        settings = WorkerSettings(engines=("control",), poll_seconds=0.01, max_wait_seconds=0.01, environment={})
        with locked_work_dir(tmp_path / "machine") as slot, closing(Server("http://test", "worker-token-1", wire)) as server:
            begin.wait(timeout=30)
            Worker(server, slot, settings, LogLines(), script.steps).run(once=True)

    script.generate = generate  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    finished = [Queue(store).get(spec_id) for spec_id in ids]
    assert {(request.state, request.attempts, request.failures) for request in finished} == {("done", 1, ())}
    stored = {request.run_id for request in finished}
    assert len(stored) == 200
    assert {folder.name for folder in store.runs.glob("[!.]*")} == stored == ingested(store)
    assert len({request for _, request in requests}) == len(requests) == 200
    assert len({worker for worker, _ in requests}) == 2
