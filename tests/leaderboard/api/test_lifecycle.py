"""A submission from the first call to the board, as its submitter, its worker and a reader see it."""

from __future__ import annotations

import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import polars as pl
import pytest

from counsel_leaderboard.leaderboard.specs.evaluation_spec import EvaluationSpec
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.rebuild import catch_up, rebuild
from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubUnavailableError
from counsel_leaderboard.leaderboard.submissions.worker_tokens import WorkerNameError, issue, revoke
from tests.support.host_client import HOST, SETTINGS, SHA, WORKER, Client, with_settings
from tests.support.run_folders import Item, Task
from tests.support.uploads import VERSION, run_files, tar


def test_from_a_submission_to_the_board(client: Client, tmp_path: Path) -> None:
    submitted = client.submit()
    assert submitted.status_code == 201
    request = submitted.json()["request"]
    assert (request["state"], request["revision"], request["tasks"]) == ("queued", SHA, {"counsel_stigma": VERSION})
    assert (request["ahead"], request["run_seconds"]) == (0, None)

    work = client.claim()
    assert work["request"]["id"] == request["id"]
    progress = {"stage": "answering", "done": 1, "total": 2}
    response = client(
        "POST", f"/requests/{request['id']}/heartbeat", json={"lease": work["lease"], "progress": progress}, headers=WORKER
    )
    assert response.status_code == 200
    assert client("GET", f"/submissions/{request['id']}").json()["progress"] == progress

    stored = client.upload(work, tar(run_files(tmp_path)))
    assert stored.status_code == 200, stored.text
    run_id = stored.json()["run_id"]
    assert client("GET", f"/submissions/{request['id']}").json()["run_id"] == run_id
    assert client("GET", "/queue").json()["counts"]["done"] == 1

    # One of two items is stigmatising: the mean of 1 and 0.
    (row,) = [row for row in client("GET", "/leaderboard").json() if row["headline"]]
    assert (row["run_id"], row["value"], row["n_items"]) == (run_id, 0.5, 2)
    assert pl.read_csv(client("GET", "/leaderboard?format=csv").content)["run_id"][0] == run_id
    assert pl.read_parquet(client("GET", "/leaderboard?format=parquet").content)["run_id"][0] == run_id
    assert client("GET", f"/runs/{run_id}").json()["model"] == "org/model"
    assert [run["run_id"] for run in client("GET", "/runs?model=org/model").json()] == [run_id]
    page = client("GET", f"/runs/{run_id}/samples?order=best&limit=1").json()
    assert (page["total"], page["samples"][0]["item_id"]) == (2, "v2-q1")


def test_uploading_twice_stores_one_run(client: Client, tmp_path: Path) -> None:
    client.submit()
    work, body = client.claim(), tar(run_files(tmp_path))
    first, second = client.upload(work, body), client.upload(work, body)
    assert (first.json()["new"], second.json()["new"]) == (True, False)
    assert first.json()["run_id"] == second.json()["run_id"]
    assert len(client("GET", "/runs?model=org/model").json()) == 1


def test_a_run_of_another_spec_is_refused_by_the_first_field_that_differs_and_nothing_is_stored(
    client: Client, tmp_path: Path
) -> None:
    client.submit()
    work = client.claim()
    spec = EvaluationSpec.model_validate(work["spec"])
    assert spec.spec_id == work["request"]["spec_id"] == work["request"]["id"]
    other = {**work["spec"], "dtype": "float16"}
    body = tar(run_files(tmp_path, schema=2, spec=other))
    refused = client.upload(work, body)
    assert (refused.status_code, refused.json()["field"]) == (422, "request.json.spec.dtype")
    assert "dtype is 'float16', and 'auto' was asked for" in refused.json()["message"]
    lying = client.upload(work, tar(run_files(tmp_path, schema=2, spec={**work["spec"], "model": "org/other"})))
    assert (lying.status_code, lying.json()["field"]) == (422, "body")
    assert "spec.model" in lying.json()["message"]
    assert not list(client.store.runs.glob("*"))
    assert client("GET", f"/submissions/{spec.spec_id}").json()["run_id"] is None
    stored = client.upload(work, tar(run_files(tmp_path, schema=2, spec=work["spec"])))
    assert stored.status_code == 200, stored.text
    assert client("GET", f"/runs/{stored.json()['run_id']}").json()["spec_id"] == spec.spec_id


def test_a_run_without_a_spec_as_older_workers_send_it_is_linked_to_its_request(client: Client, tmp_path: Path) -> None:
    spec_id = client.submit().json()["request"]["spec_id"]
    run_id = client.upload(client.claim(), tar(run_files(tmp_path))).json()["run_id"]
    for _ in range(2):
        (run,) = client("GET", f"/runs?spec_id={spec_id}").json()
        assert (run["run_id"], run["spec_id"]) == (run_id, spec_id)
        assert {row["spec_id"] for row in client("GET", "/leaderboard").json()} == {spec_id}
        catch_up(client.store)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role": "control"}, "role"),
        ({"engine": {"kind": "llama_cpp", "version": "1", "options": {}}}, "engine"),
        ({"engine": {"kind": "vllm", "version": "1", "options": {"chat": "plain"}}}, "engine.options.chat"),
        ({"engine": {"kind": "vllm", "version": "1", "options": {"chat": None}}}, "engine.options.chat"),
    ],
)
def test_a_run_of_another_kind_than_was_asked_for_is_refused_by_its_field(
    client: Client, tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    client.submit()
    answer = client.upload(client.claim(), tar(run_files(tmp_path, **changes)))
    assert (answer.status_code, answer.json()["field"]) == (422, f"request.json.{field}"), answer.text
    assert not list(client.store.runs.glob("*"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"limit": 7}, "limit"),
        ({"source": "upstream"}, "source"),
        ({"judge": {"model": "another", "url_host": None, "revision": None}}, "judge"),
    ],
)
def test_a_run_whose_request_contradicts_its_results_is_refused(
    client: Client, tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    client.submit()
    answer = client.upload(client.claim(), tar(run_files(tmp_path, **changes)))
    assert answer.status_code == 422
    assert f": {field} is " in answer.json()["message"]
    assert not list(client.store.runs.glob("*"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", None, 16])
def test_a_run_in_another_number_format_is_refused(client: Client, tmp_path: Path, dtype: object) -> None:
    client.submit(dtype="float16")
    work = client.claim()
    engine = {"kind": "vllm", "version": "1", "options": {"dtype": dtype, "chat": "template"}}
    for record in ({"schema": 2, "spec": work["spec"]}, {}):
        answer = client.upload(work, tar(run_files(tmp_path, engine=engine, **record)))
        assert (answer.status_code, answer.json()["field"]) == (422, "request.json.engine.options.dtype"), answer.text
    engine["options"]["dtype"] = "float16"
    assert client.upload(work, tar(run_files(tmp_path, engine=engine, schema=2, spec=work["spec"]))).status_code == 200


@pytest.mark.parametrize("schema", [True, 1.0, 2.0, "1", 3])
def test_a_schema_that_only_equals_a_number_is_none(client: Client, tmp_path: Path, schema: object) -> None:
    client.submit()
    answer = client.upload(client.claim(), tar(run_files(tmp_path, schema=schema)))
    assert (answer.status_code, answer.json()["field"]) == (422, "body")


def test_each_worker_has_its_own_token_and_takes_no_others_name(client: Client) -> None:
    ids = [client.submit(limit=limit).json()["request"]["id"] for limit in (1, 2)]
    tokens = {name: {"Authorization": f"Bearer {issue('worker-token-1', name)}"} for name in ("gpu-1", "gpu-2")}
    bodies = {"worker": "w1", "engines": ["vllm"]}
    claims = [client("POST", "/claim", json=bodies, headers=token).json() for token in tokens.values()]
    assert [claim["request"]["id"] for claim in claims] == ids
    held = client("GET", "/queue?state=running").json()["counts"]["running"]
    assert held == 2
    workers = [client("POST", f"/requests/{claim['request']['id']}/fail", headers=WORKER, json={
        "lease": claim["lease"], "reason": "engine_died"}) for claim in claims]  # fmt: skip
    assert all(answer.status_code == 200 for answer in workers)
    shown = [client("GET", f"/submissions/{spec_id}", headers=HOST).json()["failures"][0]["worker"] for spec_id in ids]
    assert shown == ["gpu-1:w1", "gpu-2:w1"]
    good = issue("worker-token-1", "gpu-1")
    for bad in (
        good[:-1],
        good + "0",
        good.replace("gpu-1", "gpu-2"),
        issue("another-secret", "gpu-1"),
        "gpu-1.",
        ".".join(("", good)),
    ):
        answer = client("POST", "/claim", json=bodies, headers={"Authorization": f"Bearer {bad}"})
        assert answer.status_code == 401


def test_to_cancel_during_an_upload_leaves_a_run_or_a_cancelled_request_and_never_both(tmp_path: Path) -> None:
    """The host cancels 24 requests, each at another moment of its upload."""
    body = tar(run_files(tmp_path))
    for number in range(24):
        with Store.open(tmp_path / f"home{number}") as store:
            client = Client(store, SETTINGS)
            spec_id = client.submit().json()["request"]["id"]
            work = client.claim()
            with ThreadPoolExecutor(2) as pool:
                stored = pool.submit(client.upload, work, body)
                time.sleep(number * 0.004)
                cancelled = pool.submit(client, "DELETE", f"/submissions/{spec_id}", headers=HOST)
                statuses = (stored.result().status_code, cancelled.result().status_code)
            request = client("GET", f"/submissions/{spec_id}").json()
            runs = client("GET", f"/runs?spec_id={spec_id}").json()
            assert (request["state"], len(runs)) in (("done", 1), ("cancelled", 0)), statuses
            assert statuses in ((200, 409), (409, 200))


def test_runs_are_listed_by_model_or_spec_and_not_without_either(client: Client) -> None:
    missing = client("GET", "/runs")
    assert (missing.status_code, missing.json()["field"]) == (422, "model")
    assert client("GET", "/runs?spec_id=xyz").json()["field"] == "spec_id"
    assert client("GET", f"/runs?spec_id={'0' * 16}").json() == []


def test_zip_and_one_folder_down_are_taken_too(client: Client, tmp_path: Path) -> None:
    client.submit()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, raw in run_files(tmp_path).items():
            archive.writestr(name if name == "request.json" else f"org__model/{name}", raw)
    assert client.upload(client.claim(), out.getvalue()).status_code == 200


def test_the_same_submission_twice_is_one_request(client: Client) -> None:
    first, second = client.submit(), client.submit(submitter="eve")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["request"]["submitter"] == "ada"
    assert second.json()["cancel_key"] is None


def test_the_submitter_cancels_with_the_key_and_nobody_else(client: Client) -> None:
    submitted = client.submit().json()
    path = f"/submissions/{submitted['request']['id']}"
    for headers in ({}, {"cancel-key": "0" * 32}, WORKER):
        assert client("DELETE", path, headers=headers).status_code == 401
    assert client("DELETE", path, headers={"cancel-key": submitted["cancel_key"]}).json()["state"] == "cancelled"
    assert client("DELETE", path, headers=HOST).status_code == 409
    assert client("POST", f"{path}/requeue", headers=HOST).json()["state"] == "queued"


def test_a_worker_learns_that_its_request_was_cancelled(client: Client) -> None:
    client.submit()
    work = client.claim()
    client("DELETE", f"/submissions/{work['request']['id']}", headers=HOST)
    for verb, body in (("heartbeat", {}), ("release", {}), ("fail", {"reason": "engine_died"})):
        answer = client(
            "POST", f"/requests/{work['request']['id']}/{verb}", json={"lease": work["lease"], **body}, headers=WORKER
        )
        assert (answer.status_code, answer.json()["rule"]) == (409, "lease_held")


def test_by_hand_a_request_waits_for_the_host(client: Client) -> None:
    client = with_settings(client, admission="hand")
    request = client.submit().json()["request"]
    assert request["state"] == "pending"
    assert client("POST", "/claim", json={"worker": "w", "engines": ["vllm"]}, headers=WORKER).status_code == 204
    assert client("POST", f"/submissions/{request['id']}/admit").status_code == 401
    assert client("POST", f"/submissions/{request['id']}/admit", headers=HOST).json()["state"] == "queued"


@pytest.mark.parametrize("other", ["Victim", "victim.", "VICTIM", "victim-", "victim"])
def test_quotas_hold_by_address_whatever_name_is_given(client: Client, other: str) -> None:
    client = with_settings(client, person_quota=1, address_quota=3)
    assert [client.submit(limit=n, submitter="victim").status_code for n in (1, 2)] == [201, 201]
    assert client.submit(limit=3, submitter=other).status_code == 201
    refused = client.submit(limit=4, submitter=other)
    assert (refused.status_code, refused.json()["field"], refused.json()["rule"]) == (429, "address", "quota")
    client.address = "203.0.113.2"
    assert client.submit(limit=4, submitter="victim").status_code == 201
    assert client.submit(limit=5, headers=HOST).status_code == 201


def test_to_withdraw_a_rivals_model_keeps_nobody_from_submitting_it(client: Client) -> None:
    eve = client.submit(submitter="eve").json()
    path = f"/submissions/{eve['request']['id']}"
    assert client("DELETE", path, headers={"cancel-key": eve["cancel_key"]}).json()["reason"] == "withdrawn"
    client.address = "203.0.113.2"
    ada = client.submit(submitter="ada").json()
    assert (ada["new"], ada["request"]["state"], ada["request"]["submitter"]) == (True, "queued", "ada")
    # The first key is worthless now, and what the host cancels stays cancelled.
    assert client("DELETE", path, headers={"cancel-key": eve["cancel_key"]}).status_code == 401
    assert client("DELETE", path, headers=HOST).json()["reason"] == "cancelled"
    assert client.submit(submitter="eve").json()["request"]["state"] == "cancelled"


@pytest.mark.parametrize("forwarded", ["1.1.1.1", "127.0.0.1", "1.1.1.1, 2.2.2.2", "::1"])
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "203.0.113.1"])
def test_without_a_proxy_nobodys_words_about_an_address_count(client: Client, address: str, forwarded: str) -> None:
    client = with_settings(client, address_quota=1)
    client.address = address
    assert client.submit(limit=1).status_code == 201
    assert client.submit(limit=2, headers={"X-Forwarded-For": forwarded}).status_code == 429


def test_behind_a_proxy_the_callers_own_words_about_its_address_do_not_count(client: Client) -> None:
    client = with_settings(client, address_quota=1, proxies=1)
    for spoofed, status in (("1.1.1.1", 201), ("2.2.2.2", 429)):
        answer = client.submit(limit=status, headers={"X-Forwarded-For": f"{spoofed}, 198.51.100.7"})
        assert answer.status_code == status


def test_only_the_host_runs_controls_and_gives_priority(client: Client) -> None:
    assert client.submit("control/echo").json()["rule"] == "host"
    assert client.submit(priority=3).json()["field"] == "priority"
    work = client.submit("control/echo", headers=HOST, priority=3).json()["request"]
    assert (work["engine"], work["revision"], work["priority"]) == ("control", None, 3)


def test_without_a_judge_judged_tasks_are_left_out_or_refused(client: Client) -> None:
    assert client.submit(tasks=["counsel_psyllm"]).json()["rule"] == "judge"
    assert client.submit(tasks=None).json()["request"]["tasks"] == {"counsel_stigma": VERSION}
    judged = with_settings(client, judge="the-judge").submit(tasks=None).json()["request"]
    assert (judged["judge"], set(judged["tasks"])) == ("the-judge", {"counsel_stigma", "counsel_psyllm"})


@pytest.mark.parametrize(
    ("error", "status", "field"),
    [(HubError("revision", "no such"), 422, "revision"), (HubUnavailableError("down"), 503, "model")],
)
def test_what_the_hub_says_is_told_and_nothing_is_queued(client: Client, error: Exception, status: int, field: str) -> None:
    def refuse(name: str, revision: str, **_: object) -> None:
        raise error

    answer = with_settings(client, inspect=refuse).submit()
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert set(client("GET", "/queue").json()["counts"].values()) == {0}


def test_nobody_sees_lease_address_or_log_but_the_host(client: Client) -> None:
    submitted = client.submit().json()
    work = client.claim("worker-name-7")
    path = f"/requests/{work['request']['id']}/fail"
    client("POST", path, json={"lease": work["lease"], "reason": "engine_died", "detail": "log line 17"}, headers=WORKER)
    work = client.claim("worker-name-7")
    pages = client("GET", "/queue").text + client("GET", f"/submissions/{work['request']['id']}").text
    for hidden in (work["lease"], submitted["cancel_key"], "203.0.113.1", "log line 17", "worker-name-7"):
        assert hidden not in pages
    assert "engine_died" in pages
    assert "log line 17" in client("GET", "/queue", headers=HOST).text


def test_what_a_card_forbids_is_in_no_answer_and_no_file(client: Client, tmp_path: Path) -> None:
    """The card of these items does not allow handing them on: the marker in prompt, document and reply is gone."""
    marker = "PLANTEDMARKER this sentence of the item must never be handed on to anybody"
    items = [
        Item("q1", {"stigma": 1.0, "scored_rate": 1.0}, prompt=marker, replies=(f"You said: {marker}",)),
        Item("q2", {"stigma": 0.0, "scored_rate": 1.0}, prompt=marker, replies=("A reply of its own.",)),
    ]
    task = Task("counsel_stigma", items, dataset="thousand-voices-of-trauma", source="upstream", version=VERSION)
    client.submit(source="upstream")
    files = run_files(tmp_path, task=task)
    files["generation.json"] = json.dumps({"failures": [f"HTTP 400: {marker}"]}).encode()
    stored = client.upload(client.claim(), tar(files))
    assert stored.status_code == 200, stored.text
    home = client.store.home
    stored_files = [file for file in home.rglob("*") if file.is_file() and file.suffix in (".json", ".jsonl")]
    assert len(stored_files) == 6  # results, samples, generation, the run's request, the queue's request, the tables' checksums
    assert not [file for file in stored_files if b"PLANTEDMARKER" in file.read_bytes()]
    tables = list(home.rglob("*.parquet"))
    assert {table.name for table in tables} == {"items.parquet", "samples.parquet"}
    assert not [table for table in tables if "PLANTEDMARKER" in pl.read_parquet(table).write_csv()]
    page = client("GET", f"/runs/{stored.json()['run_id']}/samples")
    assert page.json()["total"] == 2
    (request_file,) = (home / "requests").glob("*.json")
    answers = every_answer(client, spec_id=request_file.stem, run_id=stored.json()["run_id"])
    # A worker's run is no report: that one route does not know it.
    assert {path for path, content in answers.items() if content.status_code != 200} == {
        path for path in answers if "/reports/" in path
    }
    assert not [path for path, content in answers.items() if b"PLANTEDMARKER" in content.content]
    assert "A reply of its own" in b"".join(file.read_bytes() for file in stored_files).decode()
    client.store.close()
    assert rebuild(home).runs == 1


def every_answer(client: Client, **ids: str) -> dict[str, httpx.Response]:
    """What every page of the API that can be read says to its host, the board in each of its formats among them."""
    needed = {"/api/v1/runs": "?model=org/model"}
    paths = [
        path.format(**ids) + needed.get(path, "")
        for path, operations in client.app.openapi()["paths"].items()
        if "get" in operations
    ]
    boards = [f"/api/v1/leaderboard?source=upstream&format={name}" for name in ("json", "csv", "parquet")]
    assert len(paths) >= 9
    return {path: client("GET", path.removeprefix("/api/v1"), headers=HOST) for path in [*paths, *boards]}


def test_the_openapi_document_is_complete(client: Client) -> None:
    paths = client.app.openapi()["paths"]
    for path, operations in paths.items():
        for operation in operations.values():
            assert operation["summary"], path
            assert operation["description"], path
    upload = paths["/api/v1/requests/{spec_id}/run"]["post"]
    assert set(upload["requestBody"]["content"]) == {"application/x-tar", "application/gzip", "application/zip"}
    assert {"401", "403", "409", "413", "422"} <= set(upload["responses"])


def test_health_and_metrics(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.submit()
    assert client("GET", "/health/live").json()["status"] == "ok"
    assert client("GET", "/health/ready").status_code == 200
    text = client("GET", "/metrics").text
    assert 'counsel_requests{state="queued"} 1.0' in text
    assert "counsel_runs 0.0" in text
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(total=10**9, used=10**9, free=0))
    ready = client("GET", "/health/ready")
    assert (ready.status_code, ready.json()["reason"]) == (503, "the disk is full")
    client.store.close()
    assert "cannot be read" in client("GET", "/health/ready").json()["reason"]


def test_a_workers_token_is_revoked_alone_and_at_once(client: Client) -> None:
    client.submit()
    tokens = {name: {"Authorization": f"Bearer {issue('worker-token-1', name)}"} for name in ("gpu-1", "gpu-10")}
    body = {"worker": "w", "engines": ["vllm"]}
    work = client("POST", "/claim", json=body, headers=tokens["gpu-1"]).json()
    revoke(client.store.home, "gpu-1")
    paths = ("heartbeat", "fail", "release", "run")
    calls = [("/claim", body), *((f"/requests/{work['request']['id']}/{path}", {"lease": work["lease"]}) for path in paths)]
    for path, sent in calls:
        answer = client("POST", path, json=sent, headers={**tokens["gpu-1"], "Lease": work["lease"]})
        assert (answer.status_code, answer.json()["rule"]) == (401, "revoked"), path
    assert client("POST", "/claim", json=body, headers=tokens["gpu-10"]).status_code == 204
    assert client("POST", "/claim", json=body, headers=WORKER).status_code == 204
    revoke(client.store.home, "gpu-10")
    assert client("POST", "/claim", json=body, headers=tokens["gpu-10"]).status_code == 401


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "../x", "x" * 41])
def test_what_is_no_workers_name_is_not_stored_as_revoked(client: Client, name: str) -> None:
    with pytest.raises(WorkerNameError):
        revoke(client.store.home, name)
    assert not (client.store.home / "revoked-workers.txt").exists()
