"""The worker: claims requests from a server, runs them, and uploads the runs."""

from counsel_leaderboard.runners.worker.client import Server, ServerRefusedError, ServerUnavailableError
from counsel_leaderboard.runners.worker.worker import Worker, WorkerSettings

__all__ = ["Server", "ServerRefusedError", "ServerUnavailableError", "Worker", "WorkerSettings"]
