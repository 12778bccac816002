"""No secret leaves a worker, and none that did is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from leaderboard.files import decode_json, decode_text, read_bytes
from registry.credentials import forms
from registry.errors import CounselError

_NAMED = re.compile(r"((api|access|auth|hf|secret|private|bearer)[_-]?)?(token|key|secret|password)", re.IGNORECASE)


class SecretError(CounselError):
    """A file that holds a secret; the message names where, never what."""


def refuse_secrets(files: Iterable[Path], secrets: Mapping[str, str]) -> None:
    """Raise SecretError if one of `files` contains one of `secrets`, or a key named token, key or secret with a value.

    Raises ResultsError for a file that is no JSON.
    """
    for file in sorted(files):
        text = decode_text(read_bytes(file), file)
        for name, value in secrets.items():
            if any(form in text for form in forms(value)):
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
