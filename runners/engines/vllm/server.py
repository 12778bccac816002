"""Engine `vllm`: runs vLLM's OpenAI server as a child process, for safetensors models at a pinned commit; no remote code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import httpx

from counsel_leaderboard.leaderboard.specs.evaluation_spec import Role
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, ModelSpec
from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.common.processes.child_environment import HUB_TOKENS
from counsel_leaderboard.registry.sources.hub_download import CONFIG_BYTES, HubSizeError, hub_file
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.engines.devices import VISIBLE, Gpu, cpu, gpus
from counsel_leaderboard.runners.engines.process import served_process
from counsel_leaderboard.runners.engines.vllm.build import Build, build, require_usable
from counsel_leaderboard.runners.engines.vllm.memory import UTILIZATION, Sizing, size
from counsel_leaderboard.runners.errors import EngineStartError, UnknownModelError
from counsel_leaderboard.runners.settings import VllmSettings

SERVER = ("-P", "-m", "vllm.entrypoints.openai.api_server")
# For models without a template: roles and texts, and nothing else.
PLAIN = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}assistant:"


def config_of(model: ModelSpec) -> dict[str, Any]:
    """The model's config.json at its pinned commit. Raises EngineStartError."""
    try:
        file = hub_file(model.name, "config.json", most_bytes=CONFIG_BYTES, revision=model.revision)
        config = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError, HubSizeError) as error:
        raise EngineStartError(f"config.json of {model.name} could not be read ({type(error).__name__}).") from error
    if not isinstance(config, dict):
        raise EngineStartError(f"config.json of {model.name} is not a JSON object.")
    return config


@dataclass(frozen=True)
class Vllm:
    """Serves `model`, whose `revision` is a commit SHA and whose `parameters` are known, on the devices that `sizing` names.

    Create it with `sized`. batch_invariant: answers do not depend on the rest of the batch, but take longer. start_timeout in
    seconds.
    """

    model: ModelSpec
    sizing: Sizing
    build: Build
    chat: Literal["template", "plain"] = "template"
    seed: int = 0
    batch_invariant: bool = False
    start_timeout: float = 1800.0
    role: Role = "candidate"
    server: tuple[str, ...] = SERVER

    @classmethod
    def sized(
        cls, model: ModelSpec, dtype: str = "auto", chat: Literal["template", "plain"] = "template", *,
        settings: VllmSettings | None = None, config: dict[str, Any] | None = None, installed: Build | None = None,
        devices: list[Gpu] | None = None,
    ) -> Vllm:  # fmt: skip
        """The engine for a model, sized for the free memory of this machine before anything is started.

        settings: the host's, by default read from the environment. config: the model's config.json, by default downloaded.
        installed, devices: by default the vLLM of this machine, and what that build runs on here.
        Raises EngineStartError for a flawed vLLM, no GPU, or an unreadable config or setting; OutOfMemoryError if the model
        does not fit; UnknownModelError for a model that is not pinned to a commit.
        """
        usable = require_usable(installed or build())
        if model.revision is None or model.parameters is None:
            raise UnknownModelError(f"{model.name} has no commit or no parameter count; vLLM runs only pinned Hub models.")
        on = devices_of(usable) if devices is None else devices
        if not on:
            raise EngineStartError("no NVIDIA GPU is available here; the engine vllm needs one, or vLLM's CPU build.")
        host = settings or VllmSettings.read()
        sizing = size(config or config_of(model), model.parameters, dtype, on, host.max_length)
        return cls(model, sizing, usable, chat, host.seed, bool(host.batch_invariant))

    def describe(self) -> EngineRecord:
        """The build, version, devices, dtype as served, and every option that can change an answer."""
        options = {
            "build": self.build.distribution,
            "dtype": self.sizing.dtype,
            "chat": self.chat,
            "seed": self.seed,
            "batch_invariant": self.batch_invariant,
            "tensor_parallel": self.sizing.tensor_parallel,
            "max_length": self.sizing.max_length,
            "gpus": list(self.sizing.gpus),
            "generation_config": "vllm",
        }
        return EngineRecord(kind="vllm", version=self.build.version, options=options)

    def argv(self, template: Path | None) -> list[str]:
        """The command line of vLLM itself, without its address."""
        argv = [
            *(self.build.python, *self.server),
            *("--model", self.model.name, "--served-model-name", self.model.name),
            *("--revision", str(self.model.revision), "--tokenizer-revision", str(self.model.revision)),
            *("--load-format", "safetensors", "--dtype", self.sizing.dtype, "--seed", str(self.seed)),
            *("--tensor-parallel-size", str(self.sizing.tensor_parallel), "--max-model-len", str(self.sizing.max_length)),
            *("--max-num-seqs", str(self.sizing.parallel), "--gpu-memory-utilization", str(UTILIZATION)),
            # The task decides the sampling, never the model's repository.
            *("--generation-config", "vllm"),
        ]
        # On a CPU vLLM would take a share of all memory, even memory in use; and its compilation would need a compiler.
        on_cpu = ("--kv-cache-memory-bytes", str(self.sizing.cache_bytes), "--enforce-eager") if self.sizing.on_cpu else ()
        return [*argv, *on_cpu, *(["--chat-template", str(template)] if template else [])]

    def environment(self) -> dict[str, str]:
        """Environment variables for the child, in addition to our own environment."""
        ours = {"VLLM_NO_USAGE_STATS": "1", "VLLM_BATCH_INVARIANT": "1" if self.batch_invariant else "0"}
        if self.sizing.on_cpu:
            return ours
        # The GPUs that were measured, which need not be the first.
        return {**ours, "CUDA_DEVICE_ORDER": "PCI_BUS_ID", VISIBLE: ",".join(map(str, self.sizing.indices))}

    @contextmanager
    def serve(self) -> Iterator[Served]:
        """Start the server child, yield its address, stop its whole process group. Raises EngineStartError."""
        require_usable(self.build)
        with TemporaryDirectory(prefix="counsel-vllm-") as folder:
            template = _template(Path(folder)) if self.chat == "plain" else None
            argv = [
                sys.executable,
                "-P",
                "-m",
                "counsel_leaderboard.runners.engines.vllm.launcher",
                json.dumps(self.argv(template)),
            ]
            name = f"vllm({self.model.name})"
            with served_process(name, argv, self.start_timeout, self.environment(), secrets=HUB_TOKENS) as (url, process):
                _check_model(url, self.model.name)
                yield Served(
                    f"{url}/v1", self.model.name, self.sizing.max_length, parallel=self.sizing.parallel, check=process.check
                )


def devices_of(installed: Build) -> list[Gpu]:
    """The devices of this machine that a build of vLLM can use: GPUs, or the CPU. Raises EngineStartError."""
    return [cpu()] if installed.cpu else gpus()


def _template(folder: Path) -> Path:
    file = folder / "plain.jinja"
    file.write_text(PLAIN, encoding="utf-8")
    return file


def _check_model(url: str, name: str) -> None:
    """Check that vLLM answers there: another process could have taken the port before vLLM. Raises EngineStartError."""
    try:
        with httpx.Client(**chat_http.options(url, headers={}, timeout_s=10.0, proxied=False)) as http:
            served = [str(entry["id"]) for entry in chat_http.call(http, "GET", f"{url}/v1/models").json()["data"]]
    except (httpx.TransportError, NoAnswerError, ValueError, KeyError, TypeError) as error:
        raise EngineStartError(f"what answers at {url} is not vLLM ({type(error).__name__}).") from error
    if name not in served:
        raise EngineStartError(f"what answers at {url} serves {', '.join(served) or 'nothing'}, not {name}.")
