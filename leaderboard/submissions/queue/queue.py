"""The queue: claims with leases, heartbeats, three attempts, and never the same request twice."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from counsel_leaderboard.leaderboard.specs.evaluation_spec import EvaluationSpec, WorkerEngine
from counsel_leaderboard.leaderboard.store import schema
from counsel_leaderboard.leaderboard.store.database import Store, append
from counsel_leaderboard.leaderboard.store.ingest import holds
from counsel_leaderboard.leaderboard.submissions.queue import files, statements
from counsel_leaderboard.leaderboard.submissions.queue.errors import LeaseLostError, StateError, UnknownRequestError
from counsel_leaderboard.leaderboard.submissions.queue.position import QueueSnapshot, QueueStatus, rows
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import (
    FINAL_REASONS,
    LOG_CHARACTERS,
    Failure,
    FailureReason,
    QueuedRequest,
    RequestProgress,
    State,
    SubmissionDetails,
    naive,
    request_of,
    row,
)
from counsel_leaderboard.registry.common.hashing import canonical

LEASE_SECONDS = 120.0
ATTEMPTS = 3
STORING_LEASE = timedelta(minutes=15)  # longer than any run takes to be stored


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Capacity:
    """What a worker can run: kinds of engine, the largest model (None: any), and the judge that it can call."""

    engines: tuple[WorkerEngine, ...]
    parameters: int | None = None
    judge: str | None = None


class Queue:
    """The queue in an open store. Any thread may call any method; `clock` gives the moment in UTC.

    Raises StorageError from every method that writes, where the disk refuses; the queue is then unchanged.
    """

    def __init__(
        self,
        store: Store,
        *,
        lease_seconds: float = LEASE_SECONDS,
        attempts: int = ATTEMPTS,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.store = store
        self.lease = timedelta(seconds=lease_seconds)
        self.attempts = attempts
        self.clock = clock

    def submit(self, spec: EvaluationSpec, details: SubmissionDetails, *, admitted: bool) -> tuple[QueuedRequest, bool]:
        """The queued request and whether it is new; submitting a spec again returns its first request.

        A request that whoever submitted it has withdrawn becomes a new one.
        """
        moment = self.clock()
        request = QueuedRequest(
            spec=spec, details=details, state="queued" if admitted else "pending", submitted_at=moment, changed_at=moment
        )
        with self.store.writing(shown=False) as cursor:
            if existing := rows(cursor, statements.GET, {"id": request.spec_id}):
                if again := rows(cursor, statements.SUBMIT_AGAIN, {**row(request), "now": naive(moment)}):
                    renewed = request_of(again[0])
                    files.write(self.store.home, renewed)
                    return renewed, True
                return request_of(existing[0]), False
            # The row comes first: a file whose row is invalid would be read again at every start.
            new = schema.frame("requests", [row(request)])
            files.write(self.store.home, request)
            append(cursor, "requests", new)
        return request, True

    def admit(self, spec_id: str) -> QueuedRequest:
        """Let a pending request into the queue. Raises UnknownRequestError, StateError."""
        return self._must(statements.ADMIT, spec_id, "only a pending request can be admitted")

    def cancel(self, spec_id: str, *, withdrawn: bool = False) -> QueuedRequest:
        """End a request; its worker learns it by its next heartbeat. Raises UnknownRequestError, StateError.

        withdrawn: by its submitter and not by the host; then anybody may submit it again.
        """
        rule = "only a pending, queued or running request, unless its run is being stored, can be cancelled"
        return self._must(statements.CANCEL, spec_id, rule, {"reason": "withdrawn" if withdrawn else "cancelled"})

    def requeue(self, spec_id: str) -> QueuedRequest:
        """Queue a failed or cancelled request again, with all its attempts. Raises UnknownRequestError, StateError."""
        return self._must(statements.REQUEUE, spec_id, "only a failed or cancelled request can be queued again")

    def claim(
        self, worker: str, capacity: Capacity, held: Sequence[str] = (), lease: str | None = None
    ) -> QueuedRequest | None:
        """Claim the next request that this worker can run, under a new `lease`; None where there is none.

        lease: 32 random hex digits that the worker chose, by default chosen here. held: leases that the worker may still hold;
        their requests are taken back first, since a worker that asks for work runs none. `worker` is its name for the record,
        which gives it no right to the requests of a worker of the same name.
        """
        self.expire(held)
        moment = self.clock()
        return self._change(
            statements.CLAIM,
            {
                "worker": worker, "lease": lease or secrets.token_hex(16), "now": naive(moment),
                "until": naive(moment + self.lease),
                "engines": list(capacity.engines), "parameters": capacity.parameters, "judge": capacity.judge,
            },
        )  # fmt: skip

    def heartbeat(self, spec_id: str, lease: str, progress: RequestProgress) -> datetime:
        """Renew the lease; returns when it expires. Raises UnknownRequestError, LeaseLostError."""
        until = self.clock() + self.lease
        values = {"id": spec_id, "lease": lease, "until": naive(until), **progress.model_dump()}
        with self.store.writing(shown=False) as cursor:
            renewed = rows(cursor, statements.HEARTBEAT, values)
        if not renewed:
            raise self._lease_lost(spec_id)
        return until

    def storing(self, spec_id: str, lease: str, run_id: str) -> QueuedRequest:
        """Record which run is about to be stored for a request. Raises UnknownRequestError, LeaseLostError.

        Until `finish` or `not_stored`, or the end of this longer lease, the request cannot be cancelled or taken back.
        """
        until = naive(self.clock() + max(self.lease, STORING_LEASE))
        return self._leased(statements.STORING, spec_id, lease, {"run_id": run_id, "until": until})

    def not_stored(self, spec_id: str, lease: str) -> None:
        """Take `storing` back: the run could not be stored. Raises UnknownRequestError, LeaseLostError."""
        self._leased(statements.NOT_STORED, spec_id, lease, {"until": naive(self.clock() + self.lease)})

    def finish(self, spec_id: str, lease: str) -> QueuedRequest:
        """Mark the request as done: the run recorded by `storing` is stored. Raises UnknownRequestError, LeaseLostError."""
        return self._leased(statements.FINISH, spec_id, lease, {})

    def release(self, spec_id: str, lease: str) -> QueuedRequest:
        """Give the request back; the attempt does not count. Raises UnknownRequestError, LeaseLostError."""
        return self._leased(statements.RELEASE, spec_id, lease, {})

    def fail(self, spec_id: str, lease: str, reason: FailureReason, detail: str) -> QueuedRequest:
        """End an attempt: back to the queue, or failed after the last one. Raises UnknownRequestError, LeaseLostError."""
        request = self.get(spec_id)
        failure = Failure(
            attempt=request.attempts, worker=request.worker or "unknown", reason=reason, detail=detail[-LOG_CHARACTERS:],
            at=self.clock(),
        )  # fmt: skip
        values = {
            "reason": reason,
            "final": reason in FINAL_REASONS,
            "most": self.attempts,
            "failure": canonical(failure.model_dump(mode="json")),
        }
        return self._leased(statements.FAIL, spec_id, lease, values)

    def expire(self, held: Sequence[str] = ()) -> list[QueuedRequest]:
        """Take back requests whose lease expired and those under a lease in `held`; returns them as they are now.

        A request whose run was stored before its worker or the server died is done.
        """
        values = {"now": naive(self.clock()), "held": list(held)}
        with self.store.reading() as cursor:
            expired = [request_of(columns) for columns in rows(cursor, statements.EXPIRED, values)]
        changed = []
        for request in expired:
            try:
                changed.append(self._take_back(request))
            except LeaseLostError:
                continue  # another thread was faster, or the worker has just come back
        return changed

    def _take_back(self, request: QueuedRequest) -> QueuedRequest:
        lease = request.lease or ""
        if request.run_id is not None and holds(self.store, request.run_id):
            return self.finish(request.spec_id, lease)
        minutes = self.lease.total_seconds() / 60
        return self.fail(
            request.spec_id, lease, "lease_lost", f"worker {request.worker} sent no heartbeat for {minutes:.1f} minutes"
        )

    def get(self, spec_id: str) -> QueuedRequest:
        """The request with that id. Raises UnknownRequestError."""
        return request_of(self._row(spec_id))

    def find(self, spec_id: str | None) -> QueuedRequest | None:
        """The request with that id, or None where the queue has none."""
        with self.store.reading() as cursor:
            matches = rows(cursor, statements.GET, {"id": spec_id})
        return request_of(matches[0]) if matches else None

    def status(self, spec_id: str) -> QueueStatus:
        """The request with that id, its progress, position and estimate. Raises UnknownRequestError."""
        columns = self._row(spec_id)
        with self.store.reading() as cursor:
            return QueueSnapshot(cursor, self.clock()).status(columns)

    def preview(self, spec: EvaluationSpec, details: SubmissionDetails) -> QueueStatus:
        """The state of that request; where there is none yet, the state that it would have at the end of the queue."""
        moment = self.clock()
        request = QueuedRequest(spec=spec, details=details, state="queued", submitted_at=moment, changed_at=moment)
        with self.store.reading() as cursor:
            snapshot = QueueSnapshot(cursor, moment)
            matches = rows(cursor, statements.GET, {"id": request.spec_id})
            new = not matches or matches[0]["reason"] == "withdrawn"
            return snapshot.preview(row(request)) if new else snapshot.status(matches[0])

    def of_run(self, run_id: str) -> QueuedRequest | None:
        """The request that a stored run answered, or None where it answered no request of this queue."""
        with self.store.reading() as cursor:
            matches = rows(cursor, statements.OF_RUN, {"run_id": run_id})
        return request_of(matches[0]) if matches else None

    def listing(
        self, *, state: State | None = None, submitter: str | None = None, limit: int = 100, offset: int = 0
    ) -> list[QueueStatus]:
        """Requests, running ones first, then waiting ones in queue order, then ended ones, newest first."""
        values = {"state": state, "submitter": submitter, "limit": limit, "offset": offset}
        with self.store.reading() as cursor:
            snapshot = QueueSnapshot(cursor, self.clock())
            return [snapshot.status(columns) for columns in rows(cursor, statements.LISTING, values)]

    def counts(self) -> dict[State, int]:
        """How many requests there are in each state."""
        with self.store.reading() as cursor:
            by_state = dict(cursor.execute(statements.COUNTS).fetchall())
        return {state: by_state.get(state, 0) for state in get_args(State)}

    def recent(self, account: str | None, address: str | None, since: timedelta) -> tuple[int, int]:
        """How many requests of that account, and from that address, are younger than `since`."""
        values = {"account": account, "address": address, "since": naive(self.clock() - since)}
        with self.store.reading() as cursor:
            by_account, by_address = cursor.execute(statements.RECENT, values).fetchall()[0]
        return by_account, by_address

    def _row(self, spec_id: str) -> dict[str, Any]:
        with self.store.reading() as cursor:
            matches = rows(cursor, statements.GET, {"id": spec_id})
        if not matches:
            raise UnknownRequestError(f"{spec_id}: no request has this id. `counsel queue` lists them.")
        return matches[0]

    def _change(self, statement: str, values: dict[str, Any]) -> QueuedRequest | None:
        """Run one statement that changes one row, and write its file before the change is committed."""
        with self.store.writing(shown=False) as cursor:
            changed = rows(cursor, statement, values)
            if not changed:
                return None
            request = request_of(changed[0])
            files.write(self.store.home, request)
        return request

    def _must(self, statement: str, spec_id: str, rule: str, values: Mapping[str, Any] | None = None) -> QueuedRequest:
        changed = self._change(statement, {"id": spec_id, "now": naive(self.clock()), **(values or {})})
        if changed is None:
            raise StateError(f"{spec_id}: is {self.get(spec_id).state}, and {rule}.")
        return changed

    def _leased(self, statement: str, spec_id: str, lease: str, values: dict[str, Any]) -> QueuedRequest:
        known = {"id": spec_id, "lease": lease, "now": naive(self.clock()), **values}
        changed = self._change(statement, known)
        if changed is None:
            raise self._lease_lost(spec_id)
        return changed

    def _lease_lost(self, spec_id: str) -> LeaseLostError:
        return LeaseLostError(
            f"{spec_id}: is {self.get(spec_id).state} and no longer under this lease. Leave it, and claim another."
        )
