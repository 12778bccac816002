"""A worker uploads a run: it is stored once, linked to its request, and refused if another one was asked for."""

from __future__ import annotations

import io
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.specs.evaluation_spec import EvaluationSpec
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.rebuild import catch_up
from counsel_leaderboard.registry.common.processes import limited_child
from tests.support.host_client import HOST, SETTINGS, SHA, WORKER, Client, with_settings
from tests.support.uploads import VERSION, run_files, tar


def test_from_a_submission_to_the_board(client: Client, tmp_path: Path) -> None:
    """With the real child process, which parses the upload."""
    client = with_settings(client, child=limited_child.run)
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


@pytest.mark.parametrize("times", [8, pytest.param(48, marks=pytest.mark.slow)])
def test_to_cancel_during_an_upload_leaves_a_run_or_a_cancelled_request_and_never_both(tmp_path: Path, times: int) -> None:
    """The host cancels that many requests, each at another moment of its upload."""
    body = tar(run_files(tmp_path))
    for number in range(times):
        with Store.open(tmp_path / f"home{number}") as store:
            client = Client(store, SETTINGS)
            spec_id = client.submit().json()["request"]["id"]
            work = client.claim()
            with ThreadPoolExecutor(2) as pool:
                stored = pool.submit(client.upload, work, body)
                time.sleep(number / times * 0.1)
                cancelled = pool.submit(client, "DELETE", f"/submissions/{spec_id}", headers=HOST)
                statuses = (stored.result().status_code, cancelled.result().status_code)
            request = client("GET", f"/submissions/{spec_id}").json()
            runs = client("GET", f"/runs?spec_id={spec_id}").json()
            assert (request["state"], len(runs)) in (("done", 1), ("cancelled", 0)), statuses
            assert statuses in ((200, 409), (409, 200))


def test_zip_and_one_folder_down_are_taken_too(client: Client, tmp_path: Path) -> None:
    client.submit()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, raw in run_files(tmp_path).items():
            archive.writestr(name if name == "request.json" else f"org__model/{name}", raw)
    assert client.upload(client.claim(), out.getvalue()).status_code == 200
