"""The queue of evaluations: what is asked, who runs it, and what became of it."""

from leaderboard.submissions.queue.errors import LeaseLostError, QueueError, StateError, UnknownRequestError
from leaderboard.submissions.queue.position import Standing
from leaderboard.submissions.queue.queue import Capacity, Queue
from leaderboard.submissions.queue.queued_request import About, Failure, Progress, Reason, State, Ticket

__all__ = [
    "About",
    "Capacity",
    "Failure",
    "LeaseLostError",
    "Progress",
    "Queue",
    "QueueError",
    "Reason",
    "Standing",
    "State",
    "StateError",
    "Ticket",
    "UnknownRequestError",
]
