"""What tasks there are, read from their YAML files without importing lm_eval or a line of the tasks' code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from registry.errors import CounselError
from registry.yaml_loader import SafeLoader


class UnknownTaskError(CounselError):
    """A task name that no YAML file has."""


@dataclass(frozen=True)
class TaskInfo:
    """Name, version, and whether a judge scores it."""

    name: str
    version: str
    judged: bool


class _Loader(SafeLoader):  # type: ignore[misc]
    """Reads `!function` as the name that it holds."""


_Loader.add_constructor("!function", lambda loader, node: str(node.value))


def include_path() -> Path:
    """The folder for lm_eval's `--include_path`."""
    spec = find_spec("tasks")
    if spec is None or spec.origin is None:
        raise CounselError("the package `tasks` is not installed beside `counsel`; install the project again from its clone.")
    return Path(spec.origin).parent


@cache
def catalogue() -> dict[str, TaskInfo]:
    """All `counsel_*` tasks by name, sorted."""
    configs = (_read(path) for path in sorted(include_path().glob("*/*.yaml")))
    infos = [_info(config) for config in configs if isinstance(config.get("task"), str) and "metadata" in config]
    return {info.name: info for info in sorted(infos, key=lambda info: info.name)}


def select(names: Sequence[str]) -> list[TaskInfo]:
    """The tasks of those names, in that order. Raises UnknownTaskError."""
    known = catalogue()
    if not names:
        raise UnknownTaskError(f"no task is named; there are {', '.join(known)}.")
    if unknown := [name for name in names if name not in known]:
        raise UnknownTaskError(f"there is no task {', '.join(unknown)}; there are {', '.join(known)}.")
    return [known[name] for name in names]


def _read(path: Path) -> dict[str, Any]:
    config: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader with one tag more
    if "include" in config:
        config = {**_read(path.parent / config["include"]), **config}
    return config


def _info(config: dict[str, Any]) -> TaskInfo:
    metadata = config["metadata"]
    return TaskInfo(config["task"], str(metadata["version"]), bool(metadata.get("judged")))
