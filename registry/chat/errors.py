"""The one error of a chat request: there is no answer that could be used."""

from __future__ import annotations

from counsel_leaderboard.registry.common import retry

FEW_ATTEMPTS = 3
"""How often a fault that is not about load is tried."""


class NoAnswerError(Exception):
    """A request without a usable answer. The text is in this project's words, so a record may hold it.

    wait: the seconds to wait that the server asked for, 0 if it did not ask, None if a retry cannot help. attempts: how often
    this kind of fault is tried, if less often than others. message: the server's own words without secrets, for people only.
    filtered: the server's content filter refused. status: the HTTP status, None without one.
    """

    def __init__(
        self,
        reason: str,
        *,
        wait: float | None = None,
        attempts: int | None = FEW_ATTEMPTS,
        message: str = "",
        filtered: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.wait, self.attempts, self.message = wait, attempts, message
        self.filtered, self.status = filtered, status

    @property
    def transient(self) -> bool:
        """Whether a retry may help."""
        return self.wait is not None


def transient_wait(error: BaseException, attempt: int) -> float | None:
    """The `registry.common.retry.Passing` of a chat request, for candidates and judges."""
    if not isinstance(error, NoAnswerError) or (error.attempts is not None and attempt >= error.attempts):
        return None
    return error.wait


def http_error(status: int, retry_after: str | None, message: str, *, filtered: bool) -> NoAnswerError:
    """The error of an HTTP status that is no success: under load the server is asked with patience."""
    if filtered:
        return NoAnswerError("refused by the server's content filter", message=message, filtered=True, status=status)
    wait = retry.retry_after_s(retry_after) if status in retry.TRANSIENT_STATUSES else None
    attempts = None if status in retry.BUSY_STATUSES else FEW_ATTEMPTS
    return NoAnswerError(f"HTTP {status}", wait=wait, attempts=attempts, message=message, status=status)
