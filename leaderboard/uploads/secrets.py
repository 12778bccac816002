"""No secret leaves a worker, and none that did is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leaderboard.files import decode_json, decode_text, read_bytes
from registry.errors import CounselError

_VARIABLE = re.compile(r"(TOKEN|KEY|SECRET|PASSWORD)$", re.IGNORECASE)
_NAMED = re.compile(r"((api|access|auth|hf|secret|private|bearer)[_-]?)?(token|key|secret|password)", re.IGNORECASE)
SHORTEST = 8  # a shorter value would be found by accident


class SecretError(CounselError):
    """A file that holds a secret; the message names where, never what."""


def configured_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables whose names end in TOKEN, KEY, SECRET or PASSWORD, with their values of eight characters or more."""
    return {name: value for name, value in environment.items() if _VARIABLE.search(name) and len(value) >= SHORTEST}


def refuse_secrets(folder: Path, secrets: Mapping[str, str]) -> None:
    """Raise SecretError if a file in `folder` contains one of `secrets`, or a key named token, key or secret with a value.

    Raises ResultsError for a file that is no JSON.
    """
    for file in sorted(path for path in folder.iterdir() if path.is_file()):
        text = decode_text(read_bytes(file), file)
        for name, value in secrets.items():
            if value in text or json.dumps(value)[1:-1] in text:
                raise SecretError(f"{file.name}: contains the value of {name}. Remove it, and change that secret.")
        _refuse_named(file, text)


def _refuse_named(file: Path, text: str) -> None:
    lines = text.split("\n") if file.suffix == ".jsonl" else [text]
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        for key in _named(decode_json(line, f"{file.name}: line {number}")):
            raise SecretError(f"{file.name}: line {number}: has a value under {key!r}; such keys must be empty or absent.")


def _named(value: Any) -> Iterator[str]:
    todo = [value]
    while todo:
        found = todo.pop()
        if isinstance(found, dict):
            yield from (key for key, item in found.items() if _NAMED.fullmatch(key) and isinstance(item, str) and item)
            todo.extend(found.values())
        elif isinstance(found, list):
            todo.extend(found)
