"""Runs that authors made themselves, from sending to the worker's run beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from counsel_leaderboard.leaderboard.runs.reproduction import judged
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.store.rebuild import rebuild
from tests.support.host_client import HOST, SHA, WORKER, Client, with_settings
from tests.support.run_folders import Item, Task, request, write
from tests.support.uploads import MOST, STIGMA, reported_files, run_files, tar, workers_files


def sent_files(tmp_path: Path, **changes: Any) -> dict[str, bytes]:
    if not changes:
        return reported_files(tmp_path)
    return {name: raw for name, raw in run_files(tmp_path, **changes).items() if name != "request.json"}


def send(client: Client, body: bytes, headers: dict[str, str] | None = None, **changes: str) -> httpx.Response:
    parameters = {"model": "org/model", "revision": "main", "submitter": "ada", **changes}
    return client("POST", "/reports", content=body, params=parameters, headers=headers)


def headline(client: Client, run_id: str) -> dict[str, Any]:
    rows = client("GET", "/leaderboard").json()
    (row,) = [row for row in rows if row["headline"] and row["run_id"] == run_id]
    return row


def test_a_report_is_shown_and_a_workers_run_beside_it(client: Client, tmp_path: Path) -> None:
    stored = send(client, tar(sent_files(tmp_path)))
    assert stored.status_code == 201, stored.text
    report = stored.json()
    assert (report["state"], report["revision"], report["new"]) == ("stored", SHA, True)
    assert [row["verdict"] for row in report["reproduction"]] == ["not reproduced"]
    row = headline(client, report["run_id"])
    assert row["ranked"] is False
    assert row["unranked_reason"].startswith("self-reported, not reproduced by a worker; a sample: 6 of ")

    client.submit(limit=MOST)
    worker = client.upload(client.claim(), tar(workers_files(tmp_path))).json()
    (pair,) = client("GET", f"/reports/{report['run_id']}").json()["reproduction"]
    assert (pair["reproduced_by"], pair["reported"], pair["reproduced"]) == (worker["run_id"], row["value"], row["value"])
    assert (pair["difference"], pair["verdict"]) == (0.0, "reproduced")
    assert 0 < pair["tolerance"] <= 0.5  # one of few items
    assert client("GET", f"/runs/{report['run_id']}").json()["reproduction"] == [pair]
    assert client("GET", f"/runs/{worker['run_id']}").json()["reproduction"] == []
    row = headline(client, report["run_id"])
    assert row["ranked"] is False
    assert "a worker's run gave" in row["unranked_reason"]
    client.store.close()
    assert rebuild(client.store.home).runs == 2


@pytest.mark.parametrize(
    "other",
    [
        {"revision": "b" * 40},
        {"name": "org/another"},
    ],
)
def test_a_run_of_something_else_reproduces_nothing(client: Client, tmp_path: Path, other: dict[str, str]) -> None:
    report = send(client, tar(sent_files(tmp_path))).json()
    record = request([STIGMA])
    folder = write(tmp_path / "other", [STIGMA], record={**record, "model": {**record["model"], **other}})
    ingest(folder, client.store.home, store=client.store)
    (pair,) = client("GET", f"/reports/{report['run_id']}").json()["reproduction"]
    assert (pair["verdict"], pair["reproduced_by"]) == ("not reproduced", None)


def pairs(**columns: Any) -> pl.DataFrame:
    row = {
        "run_id": "r", "task": "t", "metric": "stigma", "lo": 0.0, "hi": 1.0, "reported": 0.5, "reproduced_by": "w",
        "reproduced": 0.5, "reported_items": 100, "reproduced_items": 100, **columns,
    }  # fmt: skip
    return judged(pl.DataFrame([row], schema_overrides={"reproduced": pl.Float64, "reproduced_by": pl.String}))


@pytest.mark.parametrize(
    ("columns", "tolerance", "verdict"),
    [
        ({"reproduced": 0.52}, 0.02, "reproduced"),
        ({"reproduced": 0.53}, 0.02, "differs"),
        ({"reproduced": 0.47}, 0.02, "differs"),
        # A range of 4 makes the share of it 0.12.
        ({"task": "counsel_psyllm", "lo": 1.0, "hi": 5.0, "reported": 3.0, "reproduced": 3.1}, 0.12, "reproduced"),
        # Of twenty items one is a twentieth, which is more than the share.
        ({"reproduced": 0.55, "reported_items": 20}, 0.05, "reproduced"),
        ({"reproduced": None}, 0.02, "differs"),
        ({"reproduced": None, "reproduced_by": None, "reproduced_items": None}, 0.02, "not reproduced"),
    ],
)
def test_difference_tolerance_and_verdict(columns: dict[str, Any], tolerance: float, verdict: str) -> None:
    row = pairs(**columns).row(0, named=True)
    assert row["tolerance"] == pytest.approx(tolerance)
    assert row["verdict"] == verdict


def test_by_hand_it_waits_for_the_host_and_is_on_no_board(client: Client, tmp_path: Path) -> None:
    client = with_settings(client, admission="hand")
    first, second = (send(client, tar(sent_files(tmp_path)), submitter=name).json() for name in ("ada", "eve"))
    assert {first["state"], second["state"]} == {"pending"}
    assert client("GET", "/leaderboard").json() == []
    assert client("GET", "/reports").status_code == 401
    assert {row["run_id"] for row in client("GET", "/reports", headers=HOST).json()} == {first["run_id"], second["run_id"]}
    path = f"/reports/{first['run_id']}"
    assert client("POST", f"{path}/admit", headers=WORKER).status_code == 401
    assert client("POST", f"{path}/admit", headers=HOST).json()["state"] == "stored"
    assert client("POST", f"{path}/admit", headers=HOST).status_code == 409
    assert client("DELETE", f"/reports/{second['run_id']}", headers=HOST).json()["state"] == "refused"
    assert [run["run_id"] for run in client("GET", "/runs?model=org/model").json()] == [first["run_id"]]
    stored = sorted(file.name for file in (client.store.home / "reports").iterdir())
    assert stored == sorted(f"{report['run_id']}.json" for report in (first, second))
    assert "203.0.113.1" not in client("GET", "/reports", headers=HOST).text


def test_the_same_report_twice_is_one(client: Client, tmp_path: Path) -> None:
    body = tar(sent_files(tmp_path))
    first, second = send(client, body), send(client, body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert (first.json()["run_id"], second.json()["new"]) == (second.json()["run_id"], False)


def test_quotas_hold_for_requests_and_reports_together(client: Client, tmp_path: Path) -> None:
    client = with_settings(client, person_quota=0, address_quota=2)
    assert client.submit().status_code == 201
    assert send(client, tar(sent_files(tmp_path))).status_code == 201
    refused = send(client, tar(sent_files(tmp_path)))
    assert (refused.status_code, refused.json()["field"], refused.json()["rule"]) == (429, "address", "quota")
    assert client.submit(limit=1).status_code == 429
    assert send(client, tar(sent_files(tmp_path)), submitter="bob").json()["field"] == "address"
    assert send(client, tar(sent_files(tmp_path)), headers=HOST, submitter="host").status_code == 201


def test_a_workers_run_another_version_and_a_made_up_task_are_refused(client: Client, tmp_path: Path) -> None:
    assert send(client, tar(run_files(tmp_path))).json()["field"] == "request.json"
    planted = {**sent_files(tmp_path), "report.json": b"{}"}
    assert send(client, tar(planted)).json()["rule"] == "archive"
    item = Item("a", {"stigma": 1.0, "scored_rate": 1.0})
    for task in (Task("counsel_stigma", [item], version="0.9"), Task("counsel_made_up", [item])):
        answer = send(client, tar(sent_files(tmp_path, task=task)))
        assert (answer.status_code, answer.json()["field"]) == (422, f"results.configs.{task.name}")
    assert not list(client.store.runs.glob("*"))
    assert not list((client.store.home / "reports").glob("*"))
