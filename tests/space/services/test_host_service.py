"""What a host sees and decides, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions import workers_seen
from counsel_leaderboard.leaderboard.submissions.queue import Capacity
from counsel_leaderboard.leaderboard.submissions.validate import Submitted
from counsel_leaderboard.space.services.host_service import REPORT, HostService
from counsel_leaderboard.space.services.submission_service import Caller, SubmissionService
from counsel_leaderboard.space.views import host as view
from counsel_leaderboard.space.views.form import SubmissionForm
from tests.support.host_client import inspect
from tests.support.live_server import SETTINGS

FORM = SubmissionForm(model="org/model", tasks=("counsel_stigma",), submitter="ada", interest="no")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SubmissionService]:
    with Store.open(tmp_path / "home") as store:
        yield SubmissionService(store, replace(SETTINGS, inspect=inspect, admission="hand", judge="org/judge"))


def submitted(service: SubmissionService) -> str:
    outcome = service.submit(FORM, Caller("203.0.113.1"))
    assert isinstance(outcome, Submitted)
    return outcome.request.spec_id


def test_what_waits_is_admitted_or_refused(service: SubmissionService) -> None:
    hosts, spec_id = HostService(service), submitted(service)
    assert [name for _, name in view.decisions(hosts.overview())] == [spec_id]
    assert "only a failed or cancelled request" in hosts.decide(spec_id, "requeue")
    assert hosts.decide(spec_id, "admit") == f"{spec_id} is in the queue."
    assert service.queue.get(spec_id).state == "queued"
    assert "only a pending request can be admitted" in hosts.decide(spec_id, "admit")
    assert hosts.decide(spec_id, "refuse") == f"{spec_id} is refused."
    assert service.queue.get(spec_id).state == "cancelled"
    assert "no request has this id" in hosts.decide("0" * 16, "admit")
    assert "no report has this id" in hosts.decide(f"{REPORT}{'0' * 16}", "refuse")


def test_workers_and_what_all_of_them_lack(service: SubmissionService) -> None:
    hosts, spec_id = HostService(service), submitted(service)
    hosts.decide(spec_id, "admit")
    assert "None has asked for work" in view.html(hosts.overview())
    seen = workers_seen.of(service.queue.store)
    seen.note("desk", Capacity(("control",)), service.queue.clock())
    page = view.html(hosts.overview())
    assert "desk" in page
    assert "they lack the engine vllm" in page or "lack the engine vllm" in page
    seen.note("tower", Capacity(("vllm",), judge=service.queue.get(spec_id).spec.judge), service.queue.clock())
    assert not hosts.overview().stranded


def test_failures_come_with_their_logs_and_the_judge_with_its_exam(service: SubmissionService) -> None:
    hosts, spec_id = HostService(service), submitted(service)
    hosts.decide(spec_id, "admit")
    for _ in range(3):
        request = service.queue.claim("tower", Capacity(("vllm",), judge="org/judge"))
        assert request is not None
        assert request.lease is not None
        service.queue.fail(spec_id, request.lease, "judge_unreachable", "LOGLINE <script>")
    overview = hosts.overview()
    assert overview.judge is not None
    assert (overview.judge.unreachable, overview.judge.passed, overview.judge.failed) == (3, (), ())
    page = view.html(overview)
    assert "LOGLINE &lt;script&gt;" in page
    assert "not taken" in page
    assert hosts.decide(spec_id, "requeue") == f"{spec_id} is in the queue again."


def test_without_the_token_nothing_is_shown() -> None:
    assert "not this server" in view.closed("guess")
    assert "not this server" not in view.closed("")
