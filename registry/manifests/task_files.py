"""The files of the tasks: their folders and their YAML, read without lm_eval and without any code of the tasks."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.settings import FolderSettings
from counsel_leaderboard.registry.common.untrusted.yaml_loader import SafeLoader, load_bounded

SETTING = "COUNSEL_TASKS"
TASK_NAME = re.compile(r"^[a-z][a-z0-9_]{0,99}$")
GUIDE = "docs/extend/add-a-task.md says what a task's folder holds"


class ManifestError(CounselError):
    """A task's folder or manifest that breaks a rule."""


class _Loader(SafeLoader):  # type: ignore[misc]
    """Reads a `!function` tag as the plain name of the function."""


_Loader.add_constructor("!function", lambda loader, node: str(node.value))


def include_path() -> Path:
    """The folder of the package's own tasks, for `--include_path` of lm_eval."""
    spec = find_spec("counsel_leaderboard.tasks")
    if spec is None or spec.origin is None:
        raise CounselError("the package `tasks` is not installed beside `counsel`; install the project again from its clone.")
    return Path(spec.origin).parent


def include_paths() -> tuple[Path, ...]:
    """The package's folder, then those of $COUNSEL_TASKS, which are separated as in $PATH. Raises ManifestError."""
    return _include_paths(FolderSettings.read().tasks)


@cache
def _include_paths(setting: str) -> tuple[Path, ...]:
    added = [Path(text).expanduser().resolve() for text in setting.split(os.pathsep) if text]
    for folder in added:
        _check_folder(folder)
    return (include_path(), *dict.fromkeys(added))


def _check_folder(folder: Path) -> None:
    rule = f"{SETTING} names folders that hold one folder for each task. {GUIDE}."
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "is not there"
        raise ManifestError(f"{SETTING}: {folder}: {what}. {rule}")
    if (folder / f"{folder.name}.yaml").is_file():
        raise ManifestError(f"{SETTING}: {folder}: is a task's own folder. Name the folder above it: {rule}")
    for task in sorted(folder.iterdir()):
        if (task / "task.py").is_file() and not (task / f"{task.name}.yaml").is_file():
            raise ManifestError(f"{task}: {task.name}.yaml: is missing; NAME/NAME.yaml is what lm-eval loads. {GUIDE}.")


def task_files(folders: Sequence[Path]) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Map each task's name to its YAML file and the content of the file."""
    files: dict[str, tuple[Path, dict[str, Any]]] = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*/*.yaml"))):
        config = read_config(file)
        name = config.get("task")
        if not isinstance(name, str):
            if file.stem == file.parent.name:
                raise manifest_error(file, "task", "is missing; it holds the task's name")
            continue
        if not TASK_NAME.match(name):
            raise manifest_error(file, "task", f"{name!r} must be lower-case letters, digits and _, a letter first")
        if name in files:
            raise manifest_error(
                file, "task", f"{files[name][0].parent} holds a task {name!r} too; each name is one task's, rename one"
            )
        if name != file.stem or name != file.parent.name:
            raise manifest_error(file, "task", f"{name!r} must be the name of its folder and of its file, as NAME/NAME.yaml")
        files[name] = (file, config)
    return files


def read_config(file: Path, *, follow: bool = True, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The content of a YAML file, merged with the files it includes if `follow`. Raises ManifestError."""
    config = read_yaml(file)
    if not isinstance(config, dict):
        raise manifest_error(file, "file", f"{file.name} must hold the keys of an lm-eval task")
    if follow and "include" in config:
        config = {**read_config(included(file, config, seen), seen=(*seen, file)), **config}
    return config


def included(file: Path, config: Mapping[str, Any], seen: tuple[Path, ...] = ()) -> Path:
    name = config["include"]
    if not isinstance(name, str) or not (file.parent / name).is_file():
        raise manifest_error(file, "include", f"{name!r} must be the path of one YAML file")
    if (file.parent / name).resolve() in [other.resolve() for other in (*seen, file)]:
        raise manifest_error(file, "include", f"{name!r} leads back to this file")
    return file.parent / name


def read_yaml(file: Path) -> Any:
    try:
        return load_bounded(file.read_text(encoding="utf-8"), _Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise manifest_error(file, "file", f"{file.name}{where}: cannot be read as YAML ({problem})") from error


def metadata_of(file: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    metadata = config.get("metadata")
    if not isinstance(metadata, dict):
        raise manifest_error(file, "metadata", "is missing; it holds the task's manifest")
    return metadata


def manifest_error(file: Path, key: str, rule: str) -> ManifestError:
    return ManifestError(f"{file.parent}: {key}: {rule}. {GUIDE}.")
