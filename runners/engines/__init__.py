"""Engines: each serves one model over the OpenAI-compatible HTTP API, as a context manager."""

from runners.engines.base import AlreadyServed, EngineSpec, Served
from runners.engines.controls.engine import ControlEngine
from runners.engines.controls.scripts import CONTROLS
from runners.engines.endpoint import Endpoint
from runners.engines.llama_cpp.engine import LlamaCpp
from runners.engines.vllm.engine import Vllm

__all__ = ["CONTROLS", "AlreadyServed", "ControlEngine", "Endpoint", "EngineSpec", "LlamaCpp", "Served", "Vllm"]
