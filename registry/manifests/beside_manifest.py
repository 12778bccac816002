"""Reads a file of a fixed form that lies beside a task's YAML."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.manifests.task_catalog import catalog
from counsel_leaderboard.registry.manifests.task_files import ManifestError, manifest_error

Form = TypeVar("Form", bound=Closed)


def read_beside(task: str, name: str, form: type[Form], parse: Callable[[bytes], object]) -> Form | None:
    """The file `name` of the task's own folder, parsed and held against `form`; each file is read once.

    None for a task that is not installed or has no such file. Raises ManifestError for a file that does not have this form.
    """
    info = catalog().get(task)
    return _read(info.file.parent / name, info.file, form, parse) if info else None


@cache
def _read(file: Path, manifest: Path, form: type[Form], parse: Callable[[bytes], object]) -> Form | None:
    if not file.is_file():
        return None
    try:
        return form.model_validate(parse(file.read_bytes()))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise manifest_error(manifest, f"{file.name}: {key}", first["msg"]) from error
    except (yaml.YAMLError, ValueError, OSError) as error:
        kind = "JSON" if file.suffix == ".json" else "YAML"
        raise ManifestError(f"{file}: cannot be read as {kind} ({error}). Compare it with that of another task.") from error
