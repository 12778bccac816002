"""Calculates, before vLLM is started, whether a model fits: from its config and the memory that is free now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counsel_leaderboard.leaderboard.submissions import model_numbers
from counsel_leaderboard.leaderboard.submissions.model_numbers import ModelConfigError
from counsel_leaderboard.runners.engines.devices import CPU, Gpu
from counsel_leaderboard.runners.errors import EngineStartError, OutOfMemoryError
from counsel_leaderboard.runners.settings import DEFAULT_MAX_LENGTH

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
# The share of a GPU that vLLM takes, and what it needs beside weights and cache: activations, CUDA graphs, buffers.
UTILIZATION = 0.9
OVERHEAD_BYTES = 2 * 1024**3
# Long enough for every item with its answer budget; with less, the longest prompts are refused and counted.
MIN_TOKENS = 2048
MAX_PARALLEL = 64
MAX_PARAMETERS = 10**14
MAX_PARALLEL_CPU = 16  # a few cores answer no more at a time, and other programs need memory too


@dataclass(frozen=True)
class Sizing:
    """How a model is served: the number of GPUs, tokens per request, parallel requests, the devices and the dtype.

    cache_bytes: key and value cache of all parallel requests; reserved explicitly on a CPU, part of vLLM's share on a GPU.
    """

    tensor_parallel: int
    max_length: int
    parallel: int
    gpus: tuple[str, ...]
    indices: tuple[int, ...] = ()
    dtype: str = "bfloat16"
    cache_bytes: int = 0

    @property
    def on_cpu(self) -> bool:
        """Whether the model runs on the CPU."""
        return self.gpus == (CPU,)


def cache_bytes_per_token(config: Mapping[str, Any], dtype: str) -> int:
    """Bytes of key and value cache for one token: 2 x layers x key-value heads x head size x bytes of a number."""
    heads = int(config["num_attention_heads"])
    head_size = int(config.get("head_dim") or int(config["hidden_size"]) // heads)
    key_value_heads = int(config.get("num_key_value_heads") or heads)
    return 2 * int(config["num_hidden_layers"]) * key_value_heads * head_size * BYTES[dtype]


def size(
    config: Mapping[str, Any], parameters: int, dtype: str, devices: Sequence[Gpu], max_length: int = DEFAULT_MAX_LENGTH
) -> Sizing:
    """The fewest GPUs that hold the model and one long request, and how many requests fit in parallel.

    config: the model's config.json. parameters: their count. dtype: `auto` takes the config's. devices: GPUs, or only the CPU.
    max_length: tokens for one request, fewer if the model allows fewer. Raises OutOfMemoryError if all devices together are too
    small, EngineStartError for a config without the values from which the cache's size follows.
    """
    try:
        # Again, because a request may have been queued by an older release, and the judge's config comes from nobody's check.
        model_numbers.check(config)
        config = model_numbers.text_part(config)
        served_dtype = _dtype(config, dtype)
        per_token = cache_bytes_per_token(config, served_dtype)
        heads = int(config["num_attention_heads"])
        longest = min(int(config["max_position_embeddings"]), max_length)
    except (KeyError, TypeError, ValueError) as error:
        raise EngineStartError(f"config.json does not say {error}, so the model cannot be sized.") from error
    except ModelConfigError as error:
        raise EngineStartError(f"{error} The model cannot be sized.") from error
    if not model_numbers.is_whole(parameters, MAX_PARAMETERS):
        raise EngineStartError(f"the model's parameter count must be a whole number from 1 to {MAX_PARAMETERS}.")
    weights = parameters * BYTES[served_dtype]
    by_free = sorted(devices, key=lambda gpu: gpu.free, reverse=True)
    for count in (1, 2, 4, 8):
        if count > len(by_free) or heads % count:
            continue
        chosen = by_free[:count]
        # Each GPU holds the same share, so the one with the least free memory decides.
        cache_bytes = count * (min(_usable(gpu) for gpu in chosen) - OVERHEAD_BYTES) - weights
        tokens = max(0, cache_bytes) // per_token
        if tokens >= min(longest, MIN_TOKENS):
            length = min(longest, tokens)
            return _laid_out(chosen, length, tokens, per_token, served_dtype)
    free = sum(gpu.free for gpu in devices) / 1024**3
    where = "the CPU" if devices[0].name == CPU else f"{len(devices)} GPUs"
    raise OutOfMemoryError(
        f"the model needs {weights / 1024**3:.1f} GiB for its weights in {served_dtype} and a cache beside them; "
        f"{where} with {free:.1f} GiB free cannot hold that. Run it on a larger machine."
    )


def gpus_for(parameters: int, dtype: str, gpu_bytes: int) -> int:
    """How many GPUs of `gpu_bytes` hold the weights plus a tenth for cache: an estimate before the node reads the config.

    Raises OutOfMemoryError if eight are not enough.
    """
    weights = parameters * BYTES[_dtype({}, dtype)]
    for count in (1, 2, 4, 8):
        if count * (int(gpu_bytes * UTILIZATION) - OVERHEAD_BYTES) >= 1.1 * weights:
            return count
    raise OutOfMemoryError(f"{weights / 1024**3:.0f} GiB of weights do not fit on eight GPUs of {gpu_bytes / 1024**3:.0f} GiB.")


def _laid_out(chosen: Sequence[Gpu], length: int, tokens: int, per_token: int, dtype: str) -> Sizing:
    most = MAX_PARALLEL_CPU if chosen[0].name == CPU else MAX_PARALLEL
    parallel = max(1, min(most, tokens // length))
    names, indices = tuple(gpu.name for gpu in chosen), tuple(gpu.index for gpu in chosen)
    return Sizing(len(chosen), length, parallel, names, indices, dtype, parallel * length * per_token)


def _usable(gpu: Gpu) -> int:
    """Bytes that vLLM can use: its share of the whole GPU, and at most what is free."""
    return min(gpu.free, int(gpu.total * UTILIZATION))


def _dtype(config: Mapping[str, Any], dtype: str) -> str:
    checkpoint_dtype = str(config.get("dtype") or config.get("torch_dtype") or "bfloat16").removeprefix("torch.")
    # vLLM serves float32 checkpoints in half precision by default.
    chosen = ("bfloat16" if checkpoint_dtype == "float32" else checkpoint_dtype) if dtype == "auto" else dtype
    return chosen if chosen in BYTES else "bfloat16"
