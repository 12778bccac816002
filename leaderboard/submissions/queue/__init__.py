"""The queue of evaluations: the requests, the workers that run them, and how each ended."""

from counsel_leaderboard.leaderboard.submissions.queue.errors import LeaseLostError, QueueError, StateError, UnknownRequestError
from counsel_leaderboard.leaderboard.submissions.queue.position import QueueStatus
from counsel_leaderboard.leaderboard.submissions.queue.queue import Capacity, Queue
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import (
    Failure,
    FailureReason,
    QueuedRequest,
    RequestProgress,
    State,
    SubmissionDetails,
)

__all__ = [
    "Capacity",
    "Failure",
    "FailureReason",
    "LeaseLostError",
    "Queue",
    "QueueError",
    "QueueStatus",
    "QueuedRequest",
    "RequestProgress",
    "State",
    "StateError",
    "SubmissionDetails",
    "UnknownRequestError",
]
