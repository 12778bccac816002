"""JSON that strangers wrote, read within limits of nesting and length, and without what cannot be stored as text again."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from counsel_leaderboard.registry.common.errors import DataError


class ForeignJsonError(DataError):
    """A text that is not JSON within the limits; the message says which part of the rule it breaks."""


@dataclass(frozen=True)
class JsonLimits:
    """The deepest nesting, characters of the longest text or key, bytes of the whole value, and how many values it holds.

    Values are counted by their commas and brackets before anything is parsed, those in texts too.
    """

    depth: int = 64
    text: int = 1 << 20
    bytes: int = 64 << 20
    values: int = 2_000_000


LIMITS: Final = JsonLimits()


def parsed(raw: bytes | str, limits: JsonLimits = LIMITS, *, non_finite: bool = False) -> Any:
    """The value of a JSON text (UTF-8, a byte order mark is left out). Raises ForeignJsonError.

    non_finite: whether NaN and infinities, which JSON does not have and Python's writer does, are read as floats.
    """
    if len(raw) > limits.bytes:
        raise ForeignJsonError(f"has more than {limits.bytes} bytes")
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogatepass")
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > limits.values:
        raise ForeignJsonError(f"holds more than {limits.values} values")
    try:
        text = raw.decode("utf-8-sig")
        value = json.loads(text, parse_constant=None if non_finite else _refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ForeignJsonError(f"is not JSON in UTF-8: {str(error)[:200] or type(error).__name__}") from error
    except MemoryError as error:
        raise ForeignJsonError("needs more memory than it may take") from error
    _check(value, limits, surrogates="\\ud" in text or "\\uD" in text, non_finite=non_finite)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"{twice[:60]!r} stands twice in one object")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _check(value: Any, limits: JsonLimits, *, surrogates: bool, non_finite: bool) -> None:
    level, depth = [value], 0
    while level:
        inner: list[Any] = []
        for node in level:
            if isinstance(node, str):
                _check_text(node, limits, surrogates=surrogates)
            elif isinstance(node, float) and not non_finite and not math.isfinite(node):
                raise ForeignJsonError("holds a number that is too large for a float")
            elif isinstance(node, dict):
                inner += node
                inner += node.values()
            elif isinstance(node, list):
                inner += node
        depth += 1
        if depth > limits.depth + 1:
            raise ForeignJsonError(f"is nested more than {limits.depth} levels deep")
        level = inner


def _check_text(text: str, limits: JsonLimits, *, surrogates: bool) -> None:
    if len(text) > limits.text:
        raise ForeignJsonError(f"holds a text of {len(text)} characters; {limits.text} is the limit")
    if surrogates and any("\ud800" <= character <= "\udfff" for character in text):
        raise ForeignJsonError("holds half of a surrogate pair, which is no character")
