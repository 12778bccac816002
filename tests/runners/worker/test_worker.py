"""A worker against the real API in this process: what goes wrong costs an attempt at most, and never a finished run."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, current_thread
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ids as ingested
from counsel_leaderboard.leaderboard.submissions.queue import Queue
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.runners.errors import (
    EngineDiedError,
    EngineStartError,
    HarnessError,
    OutOfMemoryError,
    UnknownModelError,
)
from counsel_leaderboard.runners.harness.quoting import quoted
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, JudgingError
from counsel_leaderboard.runners.worker import Server, Worker, WorkerSettings
from counsel_leaderboard.runners.worker.client import ServerRefusedError, ServerUnavailableError
from counsel_leaderboard.runners.worker.planning import ReleaseError, evaluation_of, reason_of, shareable_message
from counsel_leaderboard.runners.worker.work_dir import WorkDir, locked_work_dir
from tests.support.run_folders import Item
from tests.support.worker import Said, Script, Wire, submit

MARKER = "SYNTHETIC-GATED-41"
Make = Callable[..., Worker]


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
    found = host.read(spec_id)
    assert (found["state"], found["attempts"], found["failures"][0]["reason"]) == ("done", 2, "lease_lost")


def test_three_failures_end_a_request_and_the_host_reads_why(make: Make, host: Server, script: Script, wire: Wire) -> None:
    spec_id = submit(host)

    def die(evaluation: Any, reporter: Any) -> None:
        raise EngineDiedError("the engine said hf_planted_secret and went")

    script.first = [die] * 3
    wire.faults["fail"] = ["down", None, "down", "down"]
    make().run(once=True)
    found = host.read(spec_id)
    assert (found["state"], found["reason"], found["attempts"]) == ("failed", "engine_died", 3)
    assert found["failures"][0]["detail"] == "the engine said [removed] and went"


@pytest.mark.parametrize(("source", "told"), [("open", True), ("upstream", False)])
def test_what_a_server_said_of_items_that_may_not_be_shown_stays_here(
    make: Make, host: Server, script: Script, store: Store, source: str, told: bool
) -> None:
    spec_id = submit(host, tasks=["counsel_psyllm"], source=source)

    def refuse(evaluation: Any, reporter: Any) -> None:
        raise HarnessError(
            f"none of 8 was answered. Messages of the server:\n{quoted([f'HTTP 400: cannot take {MARKER}'])}\nCheck it."
        )

    script.first = [refuse] * 3
    worker = make(judge=JudgeAddress("http://127.0.0.1:9/v1", "the-judge"))
    worker.run(once=True)
    found = host.read(spec_id)
    assert [failure["reason"] for failure in found["failures"]] == ["harness_failed"] * 3
    assert found["failures"][0]["detail"].startswith("none of 8 was answered.")
    stored = "".join(file.read_text() for file in (store.home / "requests").iterdir())
    assert [MARKER in text for text in (str(found), stored)] == [told, told]
    assert any(MARKER in line for line in worker.log)  # type: ignore[attr-defined] - the host of the worker may read it


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
    found = host.read(spec_id)
    assert (found["state"], found["attempts"], found["failures"]) == ("queued", 0, [])


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
        work = worker.server.claim({"worker": slot.name, "engines": ["control"]})
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
    found = host.read(spec_id)
    assert (found["state"], found["reason"], runs(store)) == ("failed", "upload_rejected", 0)
    assert left(slot)[0].startswith("rejected/")


def test_a_secret_in_a_run_never_leaves(make: Make, host: Server, script: Script, wire: Wire) -> None:
    spec_id = submit(host)
    script.items = [Item("v1-q1", {"stigma": 1.0, "scored_rate": 1.0}, replies=("my token is hf_planted_secret",))]
    make().run(once=True)
    found = host.read(spec_id)
    assert (found["state"], found["reason"], wire.uploads) == ("failed", "upload_rejected", [])
    assert "HF_TOKEN" in found["failures"][0]["detail"]


def test_what_a_card_forbids_never_leaves(make: Make, host: Server, script: Script, wire: Wire) -> None:
    spec_id = submit(host, source="upstream")
    script.items = [Item("v1-q1", {"stigma": 1.0, "scored_rate": 1.0}, prompt="PLANTEDMARKER in the text of an item")]
    script.dataset = "thousand-voices-of-trauma"
    make().run(once=True)
    assert host.read(spec_id)["state"] == "done"
    with tarfile.open(fileobj=io.BytesIO(wire.uploads[0])) as archive:
        texts = [archive.extractfile(member).read() for member in archive]  # type: ignore[union-attr]
    assert len(texts) == 3
    assert not [text for text in texts if b"PLANTEDMARKER" in text]


def test_a_judge_that_dies_costs_no_generation(
    make: Make, host: Server, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec_id, judged = submit(host, tasks=["counsel_psyllm"]), []
    script.judge = {"model": "the-judge", "url_host": "judge", "revision": None}

    def judge_run(folder: Path, judge: JudgeAddress, reporter: Any) -> None:
        judged.append(folder)
        if len(judged) == 1:
            raise JudgingError("the judge went away")

    monkeypatch.setattr("counsel_leaderboard.runners.worker.packaging.judge_run", judge_run)
    make(judge=JudgeAddress("http://judge/v1", "the-judge")).run(once=True)
    found = host.read(spec_id)
    assert (found["state"], found["failures"][0]["reason"]) == ("done", "judge_unreachable")
    assert (script.calls, len(judged)) == (1, 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"surprise": 1}, "surprise"), ({"limit": 7}, "has the id [0-9a-f]{16} in this release"), (None, "valid dictionary")],
)
def test_what_a_server_of_another_release_asks_is_not_run(
    slot: WorkDir, host: Server, make: Make, change: dict[str, Any] | None, said: str
) -> None:
    submit(host)
    work = make().server.claim({"worker": slot.name, "engines": ["control"]})
    assert work is not None
    work["spec"] = {**work["spec"], **change} if change else None
    with pytest.raises(ReleaseError, match=f"{said}.*Install the server's release"):
        evaluation_of(work, slot.folder, None)


def test_another_version_of_a_task_is_not_run(
    make: Make, host: Server, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.task_folders import made_task

    monkeypatch.setattr(
        "counsel_leaderboard.runners.worker.planning.select", lambda names: [made_task(name, version="9.9") for name in names]
    )
    spec_id = submit(host)
    make().run(once=True)
    found = host.read(spec_id)
    assert (found["state"], script.calls) == ("failed", 0)
    assert "has version 9.9 here" in found["failures"][0]["detail"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OutOfMemoryError("x"), "out_of_memory"),
        (EngineStartError("its prompt said: out of memory"), "engine_start"),
        (EngineStartError("x"), "engine_start"),
        (UnknownModelError("x"), "model_unknown"),
        (JudgingError("x"), "judge_unreachable"),
        (DataError("x"), "data_unavailable"),
    ],
)
def test_reasons(error: Any, reason: str) -> None:
    assert reason_of(error) == reason


def test_told_errors_are_short_and_name_no_folder_of_this_user() -> None:
    assert shareable_message(DataError(f"{Path.home()}/x: {'a' * 9000}"), {}, quotes=True)[-9:] == "a" * 9
    assert shareable_message(DataError(f"{Path.home()}/x"), {}, quotes=True) == "~/x"


def test_a_wrong_token_is_said(wire: Wire, slot: WorkDir, make: Make) -> None:
    worker = make()
    worker.server = Server("http://test", "wrong", wire)
    with pytest.raises(ServerRefusedError, match="the right bearer token"):
        worker.run(once=True)
    worker.server.close()


def test_what_is_no_server_of_ours_is_said(tmp_path: Path) -> None:
    with pytest.raises(ServerUnavailableError, match="does not answer"):
        Server("http://127.0.0.1:1").call("GET", "/queue")
    with pytest.raises(ServerUnavailableError):
        Server("ftp://x").call("GET", "/queue")


def test_each_running_worker_has_a_folder_and_finds_it_again(tmp_path: Path) -> None:
    with locked_work_dir(tmp_path) as first, locked_work_dir(tmp_path) as second:
        assert first.folder != second.folder
        assert first.name != second.name
        name = first.name
    with locked_work_dir(tmp_path) as again:
        assert again.name == name


@pytest.mark.slow
def test_two_workers_take_two_hundred_requests_and_none_twice(
    wire: Wire, host: Server, script: Script, store: Store, tmp_path: Path
) -> None:
    """Counted from what the queue says of its attempts, from the runs in the store, and from what the engine was asked."""
    ids = [submit(host, limit=2 + number) for number in range(200)]
    asked: list[tuple[str, str]] = []
    answer, begin = script.generate, Barrier(2)

    def generate(evaluation: Any, reporter: Any) -> Path:
        asked.append((current_thread().name, evaluation.work.name))
        return answer(evaluation, reporter)

    def work(number: int) -> None:
        settings = WorkerSettings(engines=("control",), poll_seconds=0.01, max_wait_seconds=0.01, environment={})
        with locked_work_dir(tmp_path / "machine") as slot, closing(Server("http://test", "worker-token-1", wire)) as server:
            begin.wait(timeout=30)
            Worker(server, slot, settings, Said()).run(once=True)

    script.generate = generate  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    tickets = [Queue(store).get(spec_id) for spec_id in ids]
    assert {(ticket.state, ticket.attempts, ticket.failures) for ticket in tickets} == {("done", 1, ())}
    stored = {ticket.run_id for ticket in tickets}
    assert len(stored) == 200
    assert {folder.name for folder in store.runs.glob("[!.]*")} == stored == ingested(store)
    assert len({request for _, request in asked}) == len(asked) == 200
    assert len({worker for worker, _ in asked}) == 2
