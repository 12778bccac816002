"""What the queue refuses."""

from __future__ import annotations

from counsel_leaderboard.registry.common.errors import CounselError


class QueueError(CounselError):
    """An operation that the queue rejects."""


class UnknownRequestError(QueueError):
    """No request has this id."""


class StateError(QueueError):
    """The request's state does not allow this change."""


class LeaseLostError(QueueError):
    """The request is no longer this worker's: its lease ran out, or the request was cancelled."""
