"""Any sequence of calls: the table and the files agree, a request is run by one worker at most, and ended is ended."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.queue import (
    LeaseLostError,
    Queue,
    QueuedRequest,
    RequestProgress,
    StateError,
    files,
)
from tests.leaderboard.submissions.queue.queue_requests import CPU, Clock, submit

NAMES = st.sampled_from(["control/a", "control/b", "control/c"])
WORKERS = st.sampled_from(["w1", "w2"])


class Machine(RuleBasedStateMachine):
    """The model beside the queue: which lease may act, and which requests are ended."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(Path(self.folder.name) / "home")
        self.clock = Clock()
        self.queue = Queue(self.store, lease_seconds=60.0, clock=self.clock)
        self.leases: list[QueuedRequest] = []
        self.ended: dict[str, str] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(name=NAMES, admitted=st.booleans())
    def submit(self, name: str, admitted: bool) -> None:
        submit(self.queue, name, admitted=admitted)

    @rule(worker=WORKERS)
    def claim(self, worker: str) -> None:
        request = self.queue.claim(worker, CPU)
        if request is not None:
            assert request.state == "running"
            assert 1 <= request.attempts <= 3
            self.leases.append(request)

    @rule(act=st.sampled_from(["heartbeat", "finish", "fail", "fatal", "release"]), data=st.data())
    def act_under_a_lease(self, act: str, data: st.DataObject) -> None:
        """A lease acts while the request runs under it, and never else."""
        if not self.leases:
            return
        held = data.draw(st.sampled_from(self.leases))
        holds = self.queue.get(held.spec_id).lease == held.lease
        try:
            self._act(act, held)
        except LeaseLostError:
            assert not holds
        else:
            assert holds

    def _act(self, act: str, held: QueuedRequest) -> None:
        assert held.lease is not None
        match act:
            case "heartbeat":
                self.queue.heartbeat(held.spec_id, held.lease, RequestProgress())
            case "finish":
                self.queue.storing(held.spec_id, held.lease, "0" * 16)
                assert self.queue.finish(held.spec_id, held.lease).state == "done"
            case "fail":
                after = self.queue.fail(held.spec_id, held.lease, "engine_died", "")
                assert after.state == ("failed" if held.attempts == 3 else "queued")
            case "fatal":
                assert self.queue.fail(held.spec_id, held.lease, "upload_rejected", "").state == "failed"
            case "release":
                assert self.queue.release(held.spec_id, held.lease).attempts == held.attempts - 1

    @rule(verb=st.sampled_from(["admit", "cancel", "requeue"]), name=NAMES)
    def decide(self, verb: str, name: str) -> None:
        requests = [standing.request for standing in self.queue.listing() if standing.request.spec.model == name]
        starts = {"admit": {"pending"}, "cancel": {"pending", "queued", "running"}, "requeue": {"failed", "cancelled"}}[verb]
        for request in requests:
            try:
                getattr(self.queue, verb)(request.spec_id)
            except StateError:
                assert request.state not in starts
            else:
                assert request.state in starts
                self.ended.pop(request.spec_id, None)

    @rule(seconds=st.sampled_from([1.0, 30.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.pass_(seconds)
        self.queue.expire()

    @invariant()
    def files_say_what_the_table_says_and_ended_is_ended(self) -> None:
        table = {standing.request.spec_id: standing.request for standing in self.queue.listing()}
        assert {request.spec_id: request for request in files.read_all(self.store.home)} == table
        for request in table.values():
            assert self.ended.get(request.spec_id, request.state) == request.state
            assert (request.lease is not None) == (request.state == "running")
            assert request.attempts <= 3
            if request.state in ("done", "failed", "cancelled"):
                self.ended[request.spec_id] = request.state


Machine.TestCase.settings = settings(
    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestStates = Machine.TestCase
