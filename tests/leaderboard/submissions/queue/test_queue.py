"""What a queue promises: one row a request, one worker a lease, three attempts, and files that say the same as the table."""

from __future__ import annotations

import threading

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.queue import (
    Capacity,
    LeaseLostError,
    Queue,
    RequestProgress,
    StateError,
    SubmissionDetails,
    UnknownRequestError,
)
from counsel_leaderboard.leaderboard.submissions.queue.queue import STORING_LEASE
from tests.leaderboard.submissions.queue.queue_requests import ABOUT, CPU, Clock, claim, lease, spec, submit


def test_the_same_request_twice_is_the_first_ones_row(queue: Queue) -> None:
    first, new = queue.submit(spec(), ABOUT, admitted=False)
    second, again = queue.submit(spec(), SubmissionDetails(submitter="eve", priority=9), admitted=True)
    assert (new, again) == (True, False)
    assert second == first
    assert queue.counts()["pending"] == 1


@pytest.mark.parametrize(
    "change", [{"revision": "a" * 40}, {"dtype": "float16"}, {"limit": 3}, {"judge": "j"}, {"tasks": {"counsel_stigma": "1.1"}}]
)
def test_whatever_changes_an_answer_makes_another_request(change: dict[str, object]) -> None:
    assert spec(**change).spec_id != spec().spec_id


def test_a_pending_request_waits_until_it_is_admitted(queue: Queue) -> None:
    request = submit(queue, admitted=False)
    assert queue.claim("w1", CPU) is None
    assert queue.admit(request.spec_id).state == "queued"
    with pytest.raises(StateError, match="is queued, and only a pending request"):
        queue.admit(request.spec_id)
    assert claim(queue).spec_id == request.spec_id


def test_a_request_is_run_and_done(queue: Queue, clock: Clock, store: Store) -> None:
    submit(queue)
    request = claim(queue)
    assert (request.state, request.attempts, request.worker) == ("running", 1, "w1")
    clock.pass_(59)
    queue.heartbeat(*lease(request), RequestProgress(stage="answering", done=3, total=9))
    clock.pass_(59)  # 118 s after the claim, 59 s after the heartbeat: the lease of 60 s holds
    assert queue.expire() == []
    assert queue.status(request.spec_id).progress == RequestProgress(stage="answering", done=3, total=9)
    with pytest.raises(LeaseLostError):
        queue.finish(*lease(request))  # nothing was said to be stored
    queue.storing(*lease(request), "0" * 16)
    done = queue.finish(*lease(request))
    assert (done.state, done.run_id, done.lease) == ("done", "0" * 16, None)
    assert queue.status(request.spec_id).progress is None


def test_a_lease_that_ran_out_goes_back_to_the_queue_and_ends_after_three(queue: Queue, clock: Clock) -> None:
    submit(queue)
    for attempt in (1, 2, 3):
        request = claim(queue)
        assert request.attempts == attempt
        clock.pass_(60)
        (lost,) = queue.expire()
        assert lost.state == ("failed" if attempt == 3 else "queued")
        with pytest.raises(LeaseLostError, match="no longer under this lease"):
            queue.heartbeat(*lease(request), RequestProgress())
    assert lost.reason == "lease_lost"
    assert [failure.attempt for failure in lost.failures] == [1, 2, 3]
    assert queue.claim("w1", CPU) is None
    again = queue.requeue(lost.spec_id)
    assert (again.attempts, again.state, len(again.failures)) == (0, "queued", 3)


def test_a_run_that_was_stored_before_the_crash_is_done(queue: Queue, clock: Clock, store: Store) -> None:
    submit(queue)
    request = claim(queue)
    queue.storing(*lease(request), "f" * 16)
    with store.writing() as cursor:
        cursor.execute(
            "INSERT INTO runs BY NAME SELECT repeat('f', 16) AS run_id, FALSE AS self_reported, 'control' AS role, "
            "'m' AS model, 'control' AS engine, '{}' AS engine_options, 'open' AS source, '{}' AS settings, "
            "TIMESTAMP '2026-01-01' AS started_at, '0.4' AS lm_eval_version"
        )
    clock.pass_(STORING_LEASE.total_seconds())
    assert [(t.state, t.run_id) for t in queue.expire()] == [("done", "f" * 16)]


def test_a_run_that_was_announced_and_never_stored_is_not(queue: Queue, clock: Clock) -> None:
    submit(queue)
    queue.storing(*lease(claim(queue)), "f" * 16)
    clock.pass_(STORING_LEASE.total_seconds())
    assert [(t.state, t.run_id) for t in queue.expire()] == [("queued", None)]


def test_who_asks_for_work_holds_none(queue: Queue) -> None:
    """A worker that was killed and starts again need not wait for its own lease."""
    submit(queue)
    first = claim(queue)
    second = queue.claim("w1", CPU, [lease(first)[1]])
    assert second is not None
    assert (second.spec_id, second.attempts) == (first.spec_id, 2)
    assert second.lease != first.lease


@pytest.mark.parametrize("held", [[], ["0" * 32], ["w1"], ["0" * 32, "f" * 32]])
def test_a_workers_name_takes_nothing_from_the_worker_of_that_name(queue: Queue, held: list[str]) -> None:
    submit(queue)
    first = claim(queue)
    assert queue.claim("w1", CPU, held) is None
    queue.heartbeat(*lease(first), RequestProgress())


def test_a_worker_may_choose_its_lease(queue: Queue) -> None:
    submit(queue)
    request = queue.claim("w1", CPU, lease="ab" * 16)
    assert request is not None
    assert request.lease == "ab" * 16


def test_what_was_withdrawn_can_be_submitted_anew_and_what_the_host_cancelled_cannot(queue: Queue) -> None:
    first = submit(queue, submitter="eve", address="a" * 32)
    queue.cancel(first.spec_id, withdrawn=True)
    assert queue.preview(first.spec, ABOUT).request.state == "queued"
    again, new = queue.submit(first.spec, ABOUT, admitted=False)
    assert (new, again.state, again.details, again.reason, again.attempts) == (True, "pending", ABOUT, None, 0)
    assert queue.get(first.spec_id) == again
    queue.cancel(first.spec_id)
    last, new = queue.submit(first.spec, ABOUT, admitted=True)
    assert (new, last.state, last.reason) == (False, "cancelled", "cancelled")


@pytest.mark.parametrize("verb", ["cancel", "withdraw", "fail", "release", "claim"])
def test_while_a_run_is_being_stored_nothing_else_ends_its_request(queue: Queue, clock: Clock, verb: str) -> None:
    submit(queue)
    request = claim(queue)
    held = lease(request)
    queue.storing(*held, "f" * 16)
    queue.heartbeat(*held, RequestProgress(stage="uploading"))
    clock.pass_(61)
    assert queue.expire() == []
    if verb in ("cancel", "withdraw"):
        with pytest.raises(StateError, match="being stored"):
            queue.cancel(request.spec_id, withdrawn=verb == "withdraw")
    elif verb == "claim":
        assert queue.claim("w1", CPU, [held[1]]) is None
    else:
        with pytest.raises(LeaseLostError):
            queue.fail(*held, "engine_died", "") if verb == "fail" else queue.release(*held)
    assert queue.finish(*held).state == "done"


def test_a_run_that_could_not_be_stored_leaves_its_request_as_it_was(queue: Queue) -> None:
    submit(queue)
    request = claim(queue)
    queue.storing(*lease(request), "f" * 16)
    queue.not_stored(*lease(request))
    assert queue.get(request.spec_id).run_id is None
    assert queue.cancel(request.spec_id).state == "cancelled"


def test_given_back_on_purpose_does_not_count(queue: Queue) -> None:
    submit(queue)
    for _ in range(5):
        request = claim(queue)
        assert request.attempts == 1
        assert queue.release(*lease(request)).state == "queued"


@pytest.mark.parametrize(("reason", "state"), [("engine_died", "queued"), ("upload_rejected", "failed")])
def test_a_failure_is_tried_again_unless_it_would_fail_again(queue: Queue, reason, state: str) -> None:
    submit(queue)
    failed = queue.fail(*lease(claim(queue)), reason, "x" * 5000)
    assert (failed.state, failed.reason) == (state, reason)
    assert failed.failures[0].detail == "x" * 4000


def test_a_cancelled_request_stays_cancelled_whatever_its_worker_does(queue: Queue) -> None:
    submit(queue)
    request = claim(queue)
    queue.cancel(request.spec_id)
    for act in (queue.finish, queue.release):
        with pytest.raises(LeaseLostError):
            act(*lease(request))
    with pytest.raises(LeaseLostError):
        queue.fail(*lease(request), "harness_failed", "late")
    assert queue.get(request.spec_id).state == "cancelled"
    with pytest.raises(StateError):
        queue.cancel(request.spec_id)


def test_unknown_ids_are_named(queue: Queue) -> None:
    for act in (queue.get, queue.admit, queue.cancel, queue.requeue, queue.status):
        with pytest.raises(UnknownRequestError, match="0123"):
            act("0123")


def test_a_worker_gets_what_it_can_hold(queue: Queue) -> None:
    large = spec("org/large", engine="vllm", revision="a" * 40)
    judged = spec("org/judged", engine="vllm", revision="a" * 40, judge="the-judge")
    queue.submit(large, ABOUT.model_copy(update={"parameters": 70_000_000_000}), admitted=True)
    queue.submit(judged, ABOUT.model_copy(update={"parameters": 1_000}), admitted=True)
    assert queue.claim("w", CPU) is None
    assert queue.claim("w", Capacity(("vllm",), parameters=8_000_000_000)) is None
    assert queue.claim("w", Capacity(("vllm",), parameters=8_000_000_000, judge="another")) is None
    assert claim(queue, "w", Capacity(("vllm",), parameters=8_000_000_000, judge="the-judge")).spec_id == judged.spec_id
    assert claim(queue, "v", Capacity(("control", "vllm"))).spec_id == large.spec_id


def test_priority_first_then_the_order_of_submission(queue: Queue, clock: Clock) -> None:
    ids = {}
    for name, priority in (("a", 0), ("b", 0), ("c", 5)):
        ids[name] = submit(queue, f"control/{name}", priority=priority).spec_id
        clock.pass_(1)
    assert [queue.status(ids[name]).ahead for name in "abc"] == [1, 2, 0]
    assert [standing.request.spec_id for standing in queue.listing()] == [ids["c"], ids["a"], ids["b"]]
    assert [claim(queue, f"w{number}").spec_id for number in range(3)] == [ids["c"], ids["a"], ids["b"]]


def test_time_is_estimated_from_runs_of_like_size_or_not_at_all(queue: Queue, clock: Clock) -> None:
    """Runs of 10, 20 and 60 s: the median is 20 s. Two of them wait before the last, one worker runs: 40 s."""
    assert queue.status(submit(queue, "control/0", parameters=100).spec_id).run_seconds is None
    for number, seconds in enumerate((10, 20, 60)):
        submit(queue, f"control/{number}", parameters=100)
        request = claim(queue)
        queue.storing(*lease(request), f"{number}" * 16)
        clock.pass_(seconds)
        queue.finish(*lease(request))
    submit(queue, "control/running", parameters=100)
    claim(queue)
    waiting = []
    for name in ("x", "y", "last"):
        waiting.append(submit(queue, f"control/{name}", parameters=150))
        clock.pass_(1)
    standing = queue.status(waiting[-1].spec_id)
    assert (standing.run_seconds, standing.ahead, standing.wait_seconds) == (20.0, 2, 40.0)
    assert queue.status(submit(queue, "control/other", parameters=1000).spec_id).run_seconds is None


@pytest.mark.parametrize("requests", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_two_threads_claim_all_requests_and_none_twice(store: Store, requests: int) -> None:
    queue = Queue(store)
    for number in range(requests):
        submit(queue, f"control/{number}")
    claimed: dict[str, list[str]] = {"w1": [], "w2": []}

    def work(worker: str) -> None:
        # Under a new name each time: who asks for work under its own name gives back what it holds.
        while request := queue.claim(f"{worker}-{len(claimed[worker])}", CPU):
            claimed[worker].append(request.spec_id)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in claimed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = claimed["w1"] + claimed["w2"]
    assert len(everything) == len(set(everything)) == requests
    assert queue.counts()["running"] == requests
