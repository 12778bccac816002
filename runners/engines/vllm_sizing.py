"""Whether a model fits, before vLLM is started: from its config and the memory that is free now."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runners.errors import EngineStartError, OutOfMemoryError

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
# vLLM's own share of a GPU, and what it needs beside weights and cache: activations, CUDA graphs, buffers.
UTILIZATION = 0.9
OVERHEAD_BYTES = 2 * 1024**3
# Long enough for every item with its answer budget; a model that cannot hold it has its longest prompts refused and counted.
WANTED_TOKENS = 8192
LEAST_TOKENS = 2048
MOST_PARALLEL = 64


@dataclass(frozen=True)
class Gpu:
    """One GPU of this machine; memory in bytes."""

    name: str
    free: int
    total: int


@dataclass(frozen=True)
class Sizing:
    """How a model is laid out: GPUs it is spread over, tokens a request may have, requests at once."""

    tensor_parallel: int
    max_length: int
    parallel: int
    gpus: tuple[str, ...]


def gpus() -> list[Gpu]:
    """The NVIDIA GPUs of this machine by their free memory, as nvidia-smi tells; none where there is no such tool."""
    query = ["nvidia-smi", "--query-gpu=name,memory.free,memory.total", "--format=csv,noheader,nounits"]
    try:
        outcome = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
    except FileNotFoundError:
        return []
    except subprocess.TimeoutExpired as error:
        raise EngineStartError("nvidia-smi did not answer within 30 s; look after the GPU's driver.") from error
    if outcome.returncode != 0:
        return []
    return [_gpu(line) for line in outcome.stdout.splitlines() if line.strip()]


def _gpu(line: str) -> Gpu:
    name, free, total = (part.strip() for part in line.rsplit(",", 2))
    return Gpu(name, int(free) * 1024**2, int(total) * 1024**2)


def cache_bytes_per_token(config: Mapping[str, Any], dtype: str) -> int:
    """Bytes of key and value cache for one token: 2 x layers x key-value heads x head size x bytes of a number."""
    heads = int(config["num_attention_heads"])
    head_size = int(config.get("head_dim") or int(config["hidden_size"]) // heads)
    key_value_heads = int(config.get("num_key_value_heads") or heads)
    return 2 * int(config["num_hidden_layers"]) * key_value_heads * head_size * BYTES[dtype]


def size(config: Mapping[str, Any], parameters: int, dtype: str, found: Sequence[Gpu]) -> Sizing:
    """The fewest GPUs that hold the model and one long request, and how many requests fit beside it.

    config: the model's config.json. parameters: their count. dtype: `auto` is the config's own. Raises OutOfMemoryError where
    all GPUs together are too small, EngineStartError for a config that does not say how large its cache is.
    """
    config = config.get("text_config") or config
    number = _dtype(config, dtype)
    try:
        per_token = cache_bytes_per_token(config, number)
        heads = int(config["num_attention_heads"])
        longest = min(int(config["max_position_embeddings"]), WANTED_TOKENS)
    except (KeyError, TypeError, ValueError) as error:
        raise EngineStartError(f"config.json does not say {error}, so the model cannot be sized.") from error
    weights = parameters * BYTES[number]
    by_free = sorted(found, key=lambda gpu: gpu.free, reverse=True)
    for count in (1, 2, 4, 8):
        if count > len(by_free) or heads % count:
            continue
        chosen = by_free[:count]
        # Each GPU holds the same share, so the fullest of them decides.
        left = count * (min(_usable(gpu) for gpu in chosen) - OVERHEAD_BYTES) - weights
        tokens = max(0, left) // per_token
        if tokens >= min(longest, LEAST_TOKENS):
            length = min(longest, tokens)
            return Sizing(count, length, max(1, min(MOST_PARALLEL, tokens // length)), tuple(gpu.name for gpu in chosen))
    free = sum(gpu.free for gpu in found) / 1024**3
    raise OutOfMemoryError(
        f"the model needs {weights / 1024**3:.1f} GiB for its weights in {number} and a cache beside them; "
        f"{len(found)} GPUs with {free:.1f} GiB free do not hold that. Run it on a larger machine."
    )


def _usable(gpu: Gpu) -> int:
    """vLLM takes a share of the whole GPU, whatever else is on it."""
    return min(gpu.free, int(gpu.total * UTILIZATION))


def _dtype(config: Mapping[str, Any], dtype: str) -> str:
    said = str(config.get("dtype") or config.get("torch_dtype") or "bfloat16").removeprefix("torch.")
    # vLLM serves float32 checkpoints in half precision unless told otherwise.
    chosen = ("bfloat16" if said == "float32" else said) if dtype == "auto" else dtype
    return chosen if chosen in BYTES else "bfloat16"
