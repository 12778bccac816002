"""Submissions: who may submit, cancel and admit, and how much."""

from __future__ import annotations

import pytest

from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubUnavailableError
from tests.support.host_client import HOST, WORKER, Client, with_settings
from tests.support.uploads import VERSION


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
