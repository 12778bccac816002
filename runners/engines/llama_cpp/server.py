"""Engine `llama_cpp`: serves a GGUF file with llama.cpp's server from a prebuilt wheel; needs no compiler and no GPU."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from counsel_leaderboard.leaderboard.specs.evaluation_spec import Role
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, ModelSpec
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.engines.process import served_process

CONTEXT_TOKENS = 4096
PARALLEL = 8  # on 2 cores 16 parallel requests are slower than 8
# Threads that spin while they wait for each other lose their whole time slice when another program needs the cores. A short
# spin is as fast on an idle machine and four times faster on a busy one.
SHORT_SPIN = {"GOMP_SPINCOUNT": "1000"}


@dataclass(frozen=True)
class LlamaCpp:
    """Serves `weights`; `context` is in tokens for each of `parallel` requests, `start_timeout` in seconds."""

    model: ModelSpec
    weights: Path
    context: int = CONTEXT_TOKENS
    parallel: int = PARALLEL
    start_timeout: float = 60.0
    role: Role = "candidate"

    def describe(self) -> EngineRecord:
        """The kind, the library's version and the options that can change an answer."""
        options = {"context": self.context, "parallel": self.parallel, "weights": self.weights.name}
        return EngineRecord(kind="llama_cpp", version=version("xllamacpp"), options=options)

    @contextmanager
    def serve(self) -> Iterator[Served]:
        """Start the server child, yield its address, stop it. Raises EngineStartError."""
        argv = [
            *(sys.executable, "-P", "-m", "counsel_leaderboard.runners.engines.llama_cpp.launcher"),
            *("--model", str(self.weights), "--alias", self.model.name),
            *("--context", str(self.context), "--parallel", str(self.parallel)),
        ]
        with served_process(f"llama_cpp({self.model.name})", argv, self.start_timeout, SHORT_SPIN) as (url, process):
            yield Served(f"{url}/v1", self.model.name, self.context, parallel=self.parallel, check=process.check)
