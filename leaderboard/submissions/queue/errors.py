"""What the queue refuses."""

from __future__ import annotations

from counsel_leaderboard.registry.common.errors import CounselError


class QueueError(CounselError):
    """Something the queue cannot do."""


class UnknownRequestError(QueueError):
    """No request has this id."""


class StateError(QueueError):
    """The request is in a state that this change does not start from."""


class LeaseLostError(QueueError):
    """The request is no longer this worker's: its lease ran out, or the request was cancelled."""
