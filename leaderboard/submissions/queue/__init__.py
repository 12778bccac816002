"""The queue of evaluations: what is asked, who runs it, and what became of it."""

from counsel_leaderboard.leaderboard.submissions.queue.errors import LeaseLostError, QueueError, StateError, UnknownRequestError
from counsel_leaderboard.leaderboard.submissions.queue.position import Standing
from counsel_leaderboard.leaderboard.submissions.queue.queue import Capacity, Queue
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import About, Failure, Progress, Reason, State, Ticket

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
