"""The catalog of tasks: all manifests in the package's folder and in the folders that $COUNSEL_TASKS names.

It is read from the YAML files alone, without importing lm_eval or any code of the tasks. Each file is validated when read,
so that a wrong manifest raises an error here and never leads to a wrong column on the board.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.manifests.controls import controls
from counsel_leaderboard.registry.manifests.schema import Manifest, Metric, Source
from counsel_leaderboard.registry.manifests.task_files import (
    GUIDE,
    ManifestError,
    include_paths,
    included,
    manifest_error,
    metadata_of,
    read_config,
    read_yaml,
    task_files,
)

AREAS_FILE = "areas.yml"
SHARED = (
    "headline",
    "measure",
    "metrics",
    "rates",
    "derived",
    "reference_lines",
)  # what `metrics_of` takes from the other task


class UnknownTaskError(CounselError):
    """A task name that is not in the catalog."""


@dataclass(frozen=True)
class TaskInfo:
    """One task: its name, the YAML file that lm-eval loads, its manifest, the Python reference of its judge plan, its tags."""

    name: str
    file: Path
    manifest: Manifest
    judging: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """The task's version, which changes with its items, prompts or scoring."""
        return self.manifest.version

    @property
    def judged(self) -> bool:
        """Whether a judge scores its replies."""
        return self.manifest.judged

    @property
    def played(self) -> bool:
        """Whether the session server plays its sessions, so that the harness asks that server and not the model."""
        return self.manifest.sessions == "played"


def catalog() -> Mapping[str, TaskInfo]:
    """All tasks by name, sorted. Raises ManifestError, naming folder, key, rule and next step."""
    return _catalog(include_paths())


@cache
def _catalog(folders: tuple[Path, ...]) -> Mapping[str, TaskInfo]:
    files = task_files(folders)
    raw = {name: metadata_of(file, config) for name, (file, config) in files.items()}
    known = areas()
    tasks = {}
    for name in sorted(files):
        file, config = files[name]
        manifest = parse(raw[name], str(file.parent), raw)
        if manifest.area not in known:
            raise manifest_error(
                file, "area", f"{manifest.area!r} is none of {', '.join(known)} (areas.yml of a task folder adds one)"
            )
        if manifest.judged and not (file.parent / "rubric.md").is_file():
            raise manifest_error(file, "judged", "rubric.md is missing; a judged task's folder holds the rubric as rubric.md")
        if manifest.judged and not config.get("judging"):
            raise manifest_error(file, "judged", "`judging` is missing; a judged task's YAML names its plan under `judging`")
        tasks[name] = TaskInfo(name, file, manifest, config.get("judging"), _tags(config))
    return tasks


def _tags(config: Mapping[str, Any]) -> tuple[str, ...]:
    tags = config.get("tag") or []
    entries = [tags] if isinstance(tags, str) else tags
    return tuple(tag for tag in entries if isinstance(tag, str)) if isinstance(entries, list) else ()


def read_manifest(file: Path) -> Manifest:
    """The manifest in one task's YAML file, or in the file that it includes. Raises ManifestError."""
    if not file.is_file():
        raise ManifestError(
            f"{file}: there is no such YAML file, and a task's manifest is in the file that lm-eval loads. {GUIDE}."
        )
    config = read_config(file, follow=False)
    if "metadata" not in config and "include" in config:
        return read_manifest(included(file, config))
    return parse(metadata_of(file, config), str(file.parent))


def parse(metadata: Mapping[str, Any], where: str, others: Mapping[str, Mapping[str, Any]] | None = None) -> Manifest:
    """Validate a task's `metadata`. `others`: metadata of other tasks, for `metrics_of`; by default that of the catalog.

    Raises ManifestError, naming `where`, the key, the rule and the next step.
    """
    given = dict(metadata)
    if (base := given.pop("metrics_of", None)) is not None:
        known = others if others is not None else {name: info.manifest.model_dump() for name, info in catalog().items()}
        if not isinstance(base, str) or base not in known or known[base] is metadata:
            raise ManifestError(
                f"{where}: metadata.metrics_of: there is no other task {base!r}. Name a task that is installed. {GUIDE}."
            )
        shared = {key: known[base][key] for key in SHARED if key in known[base]}
        given = {**shared, **given}
    try:
        manifest = Manifest.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(map(str, ("metadata", *first["loc"])))
        rule = "is no key of a manifest" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        raise ManifestError(f"{where}: {key}: {rule}. {GUIDE}.") from error
    if unknown := [name for name in manifest.controls if name not in controls()]:
        raise ManifestError(
            f"{where}: metadata.controls: there is no control {', '.join(unknown)}; there are {', '.join(controls())}. {GUIDE}."
        )
    return manifest


def select(names: Sequence[str]) -> list[TaskInfo]:
    """The tasks of those names, in that order. Raises UnknownTaskError."""
    known = catalog()
    if not names:
        raise UnknownTaskError(f"no task is named; there are {', '.join(known)}.")
    if unknown := [name for name in names if name not in known]:
        raise UnknownTaskError(f"there is no task {', '.join(unknown)}; there are {', '.join(known)}.")
    return [known[name] for name in names]


def overall_tasks(source: Source) -> tuple[str, ...]:
    """Names of the tasks that a model needs to be included in the overall ranking of a suite."""
    manifests = {name: info.manifest for name, info in catalog().items()}
    return tuple(
        name for name, manifest in manifests.items()
        if manifest.overall and source in manifest.suites and source not in manifest.untiered
    )  # fmt: skip


def untiered_tasks(source: Source) -> tuple[str, ...]:
    """Names of the tasks of a suite that have too few items for tiers."""
    return tuple(name for name, info in catalog().items() if source in info.manifest.untiered)


def tasks_with_controls_beside(source: Source) -> tuple[str, ...]:
    """Names of the tasks of a suite in which controls are shown and make no score unranked."""
    return tuple(name for name, info in catalog().items() if source in info.manifest.controls_beside)


def dropped_answers() -> Mapping[str, str]:
    """For each task that has one: the rate of answers that were given and whose value its headline drops."""
    manifests = {name: info.manifest for name, info in catalog().items()}
    return {name: manifest.dropped_answers for name, manifest in manifests.items() if manifest.dropped_answers}


def judged_tasks() -> tuple[str, ...]:
    """Names of the tasks whose replies a judge scores."""
    return tuple(name for name, info in catalog().items() if info.judged)


def metric(task: str, name: str) -> Metric | None:
    """A metric of a task by its full name; None if the task is not installed or does not report the metric."""
    return metric_tables().get(task, {}).get(name)


def metric_tables() -> Mapping[str, Mapping[str, Metric]]:
    """Every task's metrics by full name."""
    return _metric_tables(include_paths())


@cache
def _metric_tables(folders: tuple[Path, ...]) -> Mapping[str, Mapping[str, Metric]]:
    return {name: info.manifest.table() for name, info in _catalog(folders).items()}


def areas() -> Mapping[str, str]:
    """The areas and their labels in display order: those of the package, then those of added task folders."""
    return dict(_areas(include_paths()))


@cache
def _areas(folders: tuple[Path, ...]) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for folder in folders:
        for name, label in _areas_of(folder / AREAS_FILE):
            if known.setdefault(name, label) != label:
                raise ManifestError(f"{folder / AREAS_FILE}: {name}: is an area already; a file may add areas alone. {GUIDE}.")
    return known


def _areas_of(file: Path) -> Iterator[tuple[str, str]]:
    if file.exists():
        content = read_yaml(file)
        if not isinstance(content, dict) or not all(isinstance(text, str) for pair in content.items() for text in pair):
            raise ManifestError(f"{file}: must map each area's name to its label. {GUIDE}.")
        yield from content.items()
