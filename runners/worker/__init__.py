"""The worker: takes requests from a server, runs them, and brings the runs back."""

from runners.worker.client import Server, ServerGoneError, ServerRefusedError
from runners.worker.loop import Worker, WorkerSettings

__all__ = ["Server", "ServerGoneError", "ServerRefusedError", "Worker", "WorkerSettings"]
