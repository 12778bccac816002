"""What anybody may read: runs, samples without what a card forbids, the API's own document, health and metrics."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import httpx
import polars as pl
import pytest

from counsel_leaderboard.leaderboard.store.rebuild import rebuild
from tests.support.host_client import HOST, Client
from tests.support.run_folders import Item, Task
from tests.support.uploads import VERSION, run_files, tar


def test_runs_are_listed_by_model_or_spec_and_not_without_either(client: Client) -> None:
    missing = client("GET", "/runs")
    assert (missing.status_code, missing.json()["field"]) == (422, "model")
    assert client("GET", "/runs?spec_id=xyz").json()["field"] == "spec_id"
    assert client("GET", f"/runs?spec_id={'0' * 16}").json() == []


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
