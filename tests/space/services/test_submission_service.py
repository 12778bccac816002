"""The form and the counter without a browser: what is wrong and how to fix it, look-ups, who may cancel, a Space."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubModel, HubUnavailableError
from counsel_leaderboard.leaderboard.submissions.queue import Capacity
from counsel_leaderboard.leaderboard.submissions.validate import Submitted
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.server import serving
from counsel_leaderboard.space.services.hub_lookup import CACHE_SECONDS, MAX_PER_MINUTE, HubLookup
from counsel_leaderboard.space.services.submission_service import Caller, SubmissionService
from counsel_leaderboard.space.views import queue as queue_view
from counsel_leaderboard.space.views import submit as view
from counsel_leaderboard.space.views.form import SubmissionForm
from tests.support.homes import HOSTILE
from tests.support.host_client import inspect
from tests.support.live_server import HOST, SETTINGS

GOOD = SubmissionForm(model="org/model", tasks=("counsel_stigma",), submitter="ada", interest="no")
ADA = Caller("203.0.113.1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def desk(store: Store) -> SubmissionService:
    return SubmissionService(store, replace(SETTINGS, inspect=inspect))


def taken(desk: SubmissionService, form: SubmissionForm = GOOD, caller: Caller = ADA) -> Submitted:
    submitted = desk.submit(form, caller)
    assert isinstance(submitted, Submitted), submitted
    return submitted


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"model": ""}, "model"),
        ({"model": "no-owner"}, "model"),
        ({"model": "a/b/c"}, "model"),
        ({"model": "<b>/x"}, "model"),
        ({"revision": "a b"}, "revision"),
        ({"tasks": ()}, "tasks"),
        ({"tasks": ("counsel_nothing",)}, "tasks"),
        ({"submitter": ""}, "submitter"),
        ({"submitter": "ada\x00"}, "submitter"),
        ({"dtype": "int2"}, "dtype"),
        ({"interest": None}, "interest"),
        ({"interest": "yes", "interest_text": ""}, "conflict"),
        ({"interest": "yes", "interest_text": "x" * 300}, "conflict"),
        ({"interest": "yes", "interest_text": "a\x1b[31m"}, "conflict"),
    ],
)
def test_a_form_that_is_wrong_names_the_field_and_queues_nothing(
    desk: SubmissionService, changes: dict[str, Any], field: str
) -> None:
    problems = desk.submit(replace(GOOD, **changes), ADA)
    assert isinstance(problems, list)
    assert field in [problem.field for problem in problems]
    assert all(problem.message for problem in problems)
    assert sum(desk.queue.counts().values()) == 0


def test_all_that_is_wrong_is_said_at_once(desk: SubmissionService) -> None:
    problems = desk.submit(SubmissionForm(), ADA)
    assert isinstance(problems, list)
    assert {problem.field for problem in problems} == {"model", "tasks", "submitter", "interest"}


def test_an_empty_form_is_not_scolded_while_it_is_filled_in(desk: SubmissionService) -> None:
    assert desk.preview(SubmissionForm(tasks=("counsel_stigma",)), ADA) == (None, [])


def test_an_interest_is_kept_with_the_request(desk: SubmissionService) -> None:
    request = taken(desk, replace(GOOD, interest="yes", interest_text="I trained it.")).request
    assert desk.queue.get(request.spec_id).details.conflict == "I trained it."
    assert taken(desk, replace(GOOD, model="org/b")).request.details.conflict == "none"


def test_markup_in_prose_is_stored_as_it_is_and_shown_as_text(desk: SubmissionService) -> None:
    prose = "'; DROP TABLE requests; -- " + HOSTILE
    request = taken(desk, replace(GOOD, interest="yes", interest_text=prose)).request
    work = desk.queue.claim("w", Capacity(("vllm",)))
    assert work is not None
    desk.queue.fail(request.spec_id, work.lease or "", "engine_died", prose)
    status = desk.queue.status(request.spec_id)
    assert (status.request.details.conflict, status.request.failures[0].detail) == (prose, prose)
    page = queue_view.single_request(status, Address(tab="queue", request=request.spec_id), for_host=True)
    assert page.count(str(escape(prose))) == 2
    assert not re.search("<(img|script)", page)


def test_the_look_before_submitting_knows_place_time_and_documents(desk: SubmissionService) -> None:
    taken(desk, replace(GOOD, model="org/first"))
    prospect, problems = desk.preview(replace(GOOD, submitter="", interest=None), ADA)
    assert problems == []
    assert prospect is not None
    assert prospect.status.ahead == 1
    page = view.check(prospect, problems, {"counsel_stigma": 1296}, desk.settings)
    assert "1,296 documents" in page
    assert "1 request waits before it" in page
    assert "time is not known" in page
    assert sum(desk.queue.counts().values()) == 1


def test_the_time_of_past_runs_of_like_size_is_the_estimate(store: Store) -> None:
    desk = SubmissionService(store, replace(SETTINGS, inspect=inspect))
    first = taken(desk, replace(GOOD, model="org/first")).request
    work = desk.queue.claim("w", Capacity(("vllm",)))
    assert work is not None
    desk.queue.storing(first.spec_id, work.lease or "", "f" * 16)
    desk.queue.finish(first.spec_id, work.lease or "")
    prospect, _ = desk.preview(GOOD, ADA)
    assert prospect is not None
    assert prospect.status.run_seconds == pytest.approx(0, abs=5)
    assert "under a minute on one worker (0.0 GPU hours)" in view.check(prospect, [], {}, desk.settings)


def test_who_may_cancel(store: Store) -> None:
    desk = SubmissionService(store, replace(SETTINGS, inspect=inspect))
    submitted = taken(desk)
    assert desk.cancel(submitted.request.spec_id, "", Caller(person="ada")) is not None  # nobody signs in here
    assert desk.cancel(submitted.request.spec_id, "0" * 32, ADA) is not None
    assert desk.cancel(submitted.request.spec_id, submitted.cancel_key or "", ADA) is None
    assert "cancelled" in (desk.cancel(submitted.request.spec_id, HOST, ADA) or "")
    assert "no request" in (desk.cancel("0" * 16, HOST, ADA) or "")


def test_where_people_sign_in_the_name_is_the_accounts_and_cancels(store: Store) -> None:
    desk = SubmissionService(store, replace(SETTINGS, inspect=inspect), signs_in=True)
    refused = desk.submit(GOOD, ADA)
    assert isinstance(refused, list)
    assert "Sign in" in refused[0].message
    request = taken(desk, replace(GOOD, submitter="somebody-else"), Caller("203.0.113.1", "grace")).request
    assert request.details.submitter == "grace"
    assert desk.cancel(request.spec_id, "", Caller(person="ada")) is not None
    assert desk.cancel(request.spec_id, "", Caller(person="grace")) is None


def test_a_space_with_oauth_signs_people_in() -> None:
    space = {"SYSTEM": "spaces", "SPACE_ID": "a/b", "OAUTH_CLIENT_ID": "x", "OAUTH_CLIENT_SECRET": "y"}
    assert serving.signs_in(space)
    assert not serving.signs_in({**space, "SPACE_ID": ""})
    assert not serving.signs_in({})


def test_the_quota_holds_for_a_person_and_for_an_address(store: Store) -> None:
    """By the account that signed in and by the address; a name that is only typed uses up nobody's."""
    desk = SubmissionService(store, replace(SETTINGS, inspect=inspect, person_quota=1, address_quota=3))
    for number, name in enumerate(("victim", "Victim", "victim.")):
        taken(desk, replace(GOOD, model=f"org/a{number}", submitter=name))
    problems = desk.submit(replace(GOOD, model="org/c", submitter="joan"), ADA)
    assert isinstance(problems, list)
    assert problems[0].field == "address"
    victim = Caller("203.0.113.9", "victim")
    assert not isinstance(desk.submit(replace(GOOD, model="org/d"), victim), list)
    for account in ("victim", "VICTIM"):
        problems = desk.submit(replace(GOOD, model="org/e"), Caller("203.0.113.10", account))
        assert isinstance(problems, list)
        assert (problems[0].field, "Try again later" in problems[0].message) == ("submitter", True)


class Hub:
    """Counts what it is asked; refuses every second name."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, name: str, revision: str = "main", **_: Any) -> HubModel:
        self.names.append(name)
        if name.startswith("bad/"):
            raise HubError("model", f"{name}: is not on the Hub.")
        if name.startswith("down/"):
            raise HubUnavailableError("down")
        return inspect(name, revision)


def test_look_ups_are_remembered_for_a_while_refusals_too_and_failures_not() -> None:
    now = [0.0]
    hub = Hub()
    look = HubLookup(hub, lambda: now[0]).of("a")
    for _ in range(2):
        assert look("org/model").name == "org/model"
        with pytest.raises(HubError):
            look("bad/model")
        with pytest.raises(HubUnavailableError):
            look("down/model")
    assert hub.names == ["org/model", "bad/model", "down/model", "down/model"]
    now[0] = CACHE_SECONDS + 1
    look("org/model")
    assert hub.names[-1] == "org/model"


def test_one_address_cannot_make_the_server_ask_without_end() -> None:
    now = [0.0]
    hub = Hub()
    lookups = HubLookup(hub, lambda: now[0])
    for turn in range(MAX_PER_MINUTE):
        lookups.of("a")(f"org/m{turn}")
    with pytest.raises(HubUnavailableError, match="many models"):
        lookups.of("a")("org/one-more")
    assert lookups.of("b")("org/one-more").name == "org/one-more"
    now[0] = 61.0
    assert lookups.of("a")("org/two-more").name == "org/two-more"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (10, "under a minute"),
        (700, "about 12 min"),
        (7800, "about 2 h 10 min"),
        (90000, "about 25 h"),
        (400000, "about 5 days"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float | None, words: str) -> None:
    assert queue_view.duration(seconds) == words


SPACE = """
import tempfile
from pathlib import Path
from fastapi.testclient import TestClient
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.server.serving import signs_in
import os
assert signs_in(os.environ)
from counsel_leaderboard.space.app import create_app
with tempfile.TemporaryDirectory() as home, Store.open(Path(home)) as store:
    with TestClient(create_app(store, signs_in=True), raise_server_exceptions=False) as client:
        assert "Sign in with Hugging Face" in client.get("/config").text
        # The path is there, though the provider that it asks is not.
        assert client.get("/login/huggingface", follow_redirects=False).status_code != 404
print("fine")
"""


@pytest.mark.slow
def test_the_app_as_a_space_runs_it_has_a_button_to_sign_in() -> None:
    oauth = {
        "SYSTEM": "spaces",
        "SPACE_ID": "a/b",
        "OAUTH_CLIENT_ID": "x",
        "OAUTH_CLIENT_SECRET": "y",
        "OAUTH_SCOPES": "openid profile",
        "OPENID_PROVIDER_URL": "http://127.0.0.1:9",
    }
    completed = subprocess.run(
        [sys.executable, "-c", SPACE], env={**os.environ, **oauth}, capture_output=True, text=True, check=False
    )
    assert completed.stdout.strip().endswith("fine"), completed.stderr[-2000:]
