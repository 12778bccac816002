"""The sources and their models, read from `registry/recorded/sources/*.yaml`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml
from pydantic import ValidationError

from counsel_leaderboard.registry.common.errors import CardError
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded
from counsel_leaderboard.registry.recorded.schema import RecordedModel, RecordedSource

FOLDER: Final = Path(__file__).with_name("sources")
PREFIX: Final = "recorded/"


def sources() -> Mapping[str, RecordedSource]:
    """The sources by name, in the fixed order in which they are added."""
    return _sources(FOLDER)


@functools.cache
def _sources(folder: Path) -> Mapping[str, RecordedSource]:
    return {path.stem.partition("-")[2]: read(path) for path in sorted(folder.glob("*.yaml"))}


def read(path: Path) -> RecordedSource:
    """One source's file. Raises CardError, also where it names a model twice."""
    try:
        return RecordedSource.model_validate(load_bounded(path.read_bytes()))
    except (yaml.YAMLError, ValidationError) as error:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise CardError(f"{path}: is not a source of recorded runs ({first}). Correct it and try again") from error


def source(name: str) -> RecordedSource:
    """The source of that name. Raises CardError, which names those there are."""
    if name not in sources():
        raise CardError(f"there is no source of recorded runs {name!r}; there are {', '.join(sources())}")
    return sources()[name]


def models() -> Mapping[str, RecordedModel]:
    """Every model as SOURCE/KEY, in the fixed order in which they are added."""
    return {f"{name}/{model.key}": model for name, entry in sources().items() for model in entry.models}


def find(name: str) -> tuple[str, RecordedSource, RecordedModel]:
    """The source's name, the source and the model of SOURCE/MODEL, with or without `recorded/`. Raises CardError."""
    short = name.removeprefix(PREFIX)
    model = models().get(short)
    if model is None:
        raise CardError(
            f"there is no recorded model {name!r}; `counsel recorded list` names those there are. Nothing was added"
        )
    source_name = short.partition("/")[0]
    return source_name, sources()[source_name], model
