"""Engines: each is a context manager that serves one model over the OpenAI-compatible HTTP API."""

from counsel_leaderboard.runners.engines.base import AlreadyServed, EngineSpec, Served
from counsel_leaderboard.runners.engines.controls.scripts import CONTROLS
from counsel_leaderboard.runners.engines.controls.server import ControlEngine
from counsel_leaderboard.runners.engines.endpoint import Endpoint
from counsel_leaderboard.runners.engines.llama_cpp.server import LlamaCpp
from counsel_leaderboard.runners.engines.recorded.server import RecordedEngine
from counsel_leaderboard.runners.engines.vllm.server import Vllm

__all__ = [
    "CONTROLS",
    "AlreadyServed",
    "ControlEngine",
    "Endpoint",
    "EngineSpec",
    "LlamaCpp",
    "RecordedEngine",
    "Served",
    "Vllm",
]
