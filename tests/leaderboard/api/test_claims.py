"""Workers claim requests, each by its own token, and learn when theirs was cancelled."""

from __future__ import annotations

import pytest

from counsel_leaderboard.leaderboard.submissions.worker_tokens import WorkerNameError, issue, revoke
from tests.support.host_client import HOST, WORKER, Client


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


def test_a_worker_learns_that_its_request_was_cancelled(client: Client) -> None:
    client.submit()
    work = client.claim()
    client("DELETE", f"/submissions/{work['request']['id']}", headers=HOST)
    for verb, body in (("heartbeat", {}), ("release", {}), ("fail", {"reason": "engine_died"})):
        answer = client(
            "POST", f"/requests/{work['request']['id']}/{verb}", json={"lease": work["lease"], **body}, headers=WORKER
        )
        assert (answer.status_code, answer.json()["rule"]) == (409, "lease_held")


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
