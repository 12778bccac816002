"""Checks the numbers of a model's config.json, which decide how much memory it takes: a stranger wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from counsel_leaderboard.registry.common.errors import CounselError

MOST: Final = {
    "num_attention_heads": 4096,
    "num_key_value_heads": 4096,
    "num_hidden_layers": 4096,
    "hidden_size": 2**20,
    "head_dim": 2**16,
    "max_position_embeddings": 2**30,
    "intermediate_size": 2**24,
    "vocab_size": 2**24,
    # The same under the names of older architectures.
    "n_head": 4096,
    "n_layer": 4096,
    "n_embd": 2**20,
    "n_positions": 2**30,
    "n_ctx": 2**30,
}
"""The largest value of each number; the smallest is 1. None is allowed: then the architecture's default applies."""
PART: Final = "text_config"
MAX_PARTS: Final = 8


class ModelConfigError(CounselError):
    """A number in config.json that no model can have."""


def check(config: Mapping[str, Any]) -> None:
    """Raise ModelConfigError for the first number that is not a whole number within its limits, in any nested text_config."""
    for part in _parts(config):
        for name, most in MOST.items():
            value = part.get(name)
            if value is not None and not is_whole(value, most):
                raise ModelConfigError(f"config.json: {name} must be a whole number from 1 to {most}.")
        heads, hidden = part.get("num_attention_heads"), part.get("hidden_size")
        if heads is not None and hidden is not None and part.get("head_dim") is None and hidden < heads:
            raise ModelConfigError("config.json: hidden_size must be at least num_attention_heads.")


def text_part(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a config that describes the language model: the innermost text_config. Raises ModelConfigError."""
    *_, last = _parts(config)
    return last


def is_whole(value: object, most: int) -> bool:
    """Whether `value` is a whole number from 1 to `most`; true and 1.0 are none."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _parts(config: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    part: Any = config
    for _ in range(MAX_PARTS):
        yield part
        part = part.get(PART)
        if part is None or part == {}:
            return
        if not isinstance(part, Mapping):
            raise ModelConfigError(f"config.json: {PART} must be an object.")
    raise ModelConfigError(f"config.json: {PART} is nested more than {MAX_PARTS} levels deep.")
