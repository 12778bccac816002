"""Checks that no secret leaves a worker or is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from counsel_leaderboard.leaderboard.runs.files import decode_json, decode_text, read_bytes
from counsel_leaderboard.registry.common.credentials import forms
from counsel_leaderboard.registry.common.errors import CounselError

_NAMED = re.compile(r"((api|access|auth|hf|secret|private|bearer)[_-]?)?(token|key|secret|password)", re.IGNORECASE)


class SecretError(CounselError):
    """A file that holds a secret; the message says where, and never quotes it."""


class Secrets:
    """The secrets that no file may contain, by the name that a message shows."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._looked_for = {name: tuple(forms(value)) for name, value in values.items()}

    @classmethod
    def unnamed(cls, values: Iterable[str]) -> Secrets:
        """Secrets whose names the messages do not tell, for files whose sender may not learn which of them they hold."""
        secrets = cls({})
        secrets._looked_for = {"a secret of this server": tuple(form for value in values for form in forms(value))}
        return secrets

    def refuse(self, file: Path, text: str) -> None:
        """Raise SecretError if `text` of `file` contains one, or a key named token, key or secret with a value.

        Raises ResultsError where it is not JSON.
        """
        lines = text.split("\n") if file.suffix == ".jsonl" else [text]
        for number, line in enumerate(lines, start=1):
            if line.strip():
                where = f"{file.name}: line {number}"
                self.refuse_value(decode_json(line, where), where)

    def refuse_value(self, value: Any, where: str) -> None:
        """As `refuse`, for a parsed JSON value."""
        _refuse(value, where, self._looked_for)


def refuse_secrets(files: Iterable[Path], secrets: Mapping[str, str]) -> None:
    """Raise SecretError or ResultsError as `Secrets.refuse`, for the first of `files` that breaks the rule."""
    looked_for = Secrets(secrets)
    for file in sorted(files):
        looked_for.refuse(file, decode_text(read_bytes(file), file))


def _refuse(value: Any, where: str, secrets: Mapping[str, tuple[str, ...]]) -> None:
    for key, item in _pairs(value):
        if key is not None and _NAMED.fullmatch(key) and isinstance(item, str) and item:
            raise SecretError(f"{where}: has a value under {key!r}; such keys must be empty or absent.")
        for text in (part for part in (key, item) if isinstance(part, str)):
            secret_name = next((name for name, spelt in secrets.items() if any(form in text for form in spelt)), None)
            if secret_name is not None:
                raise SecretError(f"{where}: contains the value of {secret_name}. Remove it, and change that secret.")


def _pairs(value: Any) -> Iterator[tuple[str | None, Any]]:
    """Every value within a JSON value, itself included, with its key where it has one.

    A text that is JSON itself, as stored verdicts are, is also searched as JSON.
    """
    stack: list[tuple[str | None, Any]] = [(None, value)]
    while stack:
        key, node = stack.pop()
        yield key, node
        if isinstance(node, dict):
            stack.extend(node.items())
        elif isinstance(node, list):
            stack.extend((None, item) for item in node)
        elif isinstance(node, str) and node[:1] in ("{", "["):
            with suppress(ValueError, RecursionError):
                stack.append((None, json.loads(node)))
