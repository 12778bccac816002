"""How a worker gives up a request that it claimed: it returns the request to the queue, or reports that the attempt failed."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.runners.worker.client import Server, ServerRefusedError, ServerUnavailableError
from counsel_leaderboard.runners.worker.packaging import reason_and_message
from counsel_leaderboard.runners.worker.server_retries import ServerRetries

Log = Callable[[str], None]
FAIL_ATTEMPTS = 5  # after that the lease expires, which the queue notices by itself


def release(server: Server, spec_id: str, lease: str, log: Log) -> None:
    """Return a request to the queue; the answers so far stay on this machine. One attempt, since its worker is stopping."""
    try:
        server.release(spec_id, lease)
        log(f"{spec_id}: returned to the queue; the answers so far are kept")
    except (ServerUnavailableError, ServerRefusedError) as error:
        log(f"{spec_id}: could not be returned to the queue, so it waits until its lease expires ({error})")


def report_failure(
    server: Server, retries: ServerRetries, spec_id: str, lease: str, error: Exception, log: Log, *,
    secrets: Mapping[str, str], quotes: bool,
) -> None:  # fmt: skip
    """Report why an attempt ended without a run. Gives up after five attempts, or if the server refuses the report.

    An error that is none of this project's is logged here with its traceback, and reported by its class alone.

    secrets: values that must not leave this machine. quotes: whether the message may quote a server or a log.
    """
    reason, message = reason_and_message(error, secrets, quotes=quotes)
    log(f"{spec_id}: {reason}: {error if isinstance(error, CounselError | OSError) else _trace(error)}")
    try:
        retries.call(
            lambda: server.fail(spec_id, lease, reason, message),
            lambda problem: log(f"{spec_id}: the failure could not be reported ({problem})"),
            FAIL_ATTEMPTS,
        )
    except ServerUnavailableError:
        return  # each attempt has been logged above
    except ServerRefusedError as refused:
        log(f"{spec_id}: {refused}")


def _trace(error: Exception) -> str:
    return "".join(traceback.format_exception(error))
