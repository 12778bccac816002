"""The queue of evaluations: what is asked, who runs it, and what became of it."""

from leaderboard.queue.errors import LeaseLostError, QueueError, StateError, UnknownRequestError
from leaderboard.queue.line import Standing
from leaderboard.queue.queue import Capacity, Queue
from leaderboard.queue.ticket import About, Failure, Progress, Reason, State, Ticket

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
