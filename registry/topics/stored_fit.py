"""A fit in a home folder: `topics/fit.json` beside the topics' vectors and BERTopic's pages; and assigning with it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from pydantic import ValidationError

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.embeddings.minilm import Embeds, Vectors
from counsel_leaderboard.registry.topics import clustering
from counsel_leaderboard.registry.topics.groups import groups_of, nearest_topic
from counsel_leaderboard.registry.topics.record import TopicFit

if TYPE_CHECKING:  # scikit-learn, which the pages do without
    from counsel_leaderboard.registry.topics.fitting import FittedTopics

FOLDER: Final = "topics"
RECORD: Final = "fit.json"
VECTORS: Final = "vectors.npy"


@dataclass(frozen=True)
class StoredFit:
    """A fit and its topics' vectors."""

    fit: TopicFit
    vectors: Vectors

    def topics_of(self, vectors: Vectors) -> np.ndarray:
        """The topic of each vector, as its index in `fit.topics`, -1 where it is near none."""
        return nearest_topic(vectors, self.vectors, self.fit.abstain)[0]

    def groups_of(self, texts: Sequence[str], embed: Embeds) -> np.ndarray:
        """The group of each text. Raises DataError where `embed` is another model than that of the fit."""
        if embed.name != self.fit.embedding:
            raise DataError(f"the topics were fitted with {self.fit.embedding}, not with {embed.name}. Run: counsel topics fit")
        vectors = np.stack([embed(text) for text in texts]) if texts else np.zeros((0, self.vectors.shape[1]), np.float32)
        return groups_of(vectors, self.vectors, [topic.group for topic in self.fit.topics], self.fit.abstain)


def save(fitted: FittedTopics, home: Path) -> Path:
    """Write a fit into a home folder, its record last, so that a record never lies beside vectors of another fit."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).unlink(missing_ok=True)
    clustering.write_pages(fitted.model, folder)
    raw = io.BytesIO()
    np.save(raw, fitted.vectors, allow_pickle=False)
    atomic.write(folder / VECTORS, raw.getvalue())
    atomic.write(folder / RECORD, fitted.fit.model_dump_json(indent=1) + "\n")
    return folder


def record_of(home: Path) -> TopicFit | None:
    """The record of the fit of a home folder; None where there is none. Raises DataError for a file that is none."""
    path = home / FOLDER / RECORD
    if not path.is_file():
        return None
    try:
        return TopicFit.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(f"{path}: is no record of a fit of this version. Run `counsel topics fit` again.") from error


def read(home: Path) -> StoredFit:
    """The fit of a home folder. Raises DataError where there is none, or its vectors are not those of its record."""
    fit = record_of(home)
    if fit is None:
        raise DataError(f"{home / FOLDER} holds no fit. Run: counsel topics fit banks")
    path = home / FOLDER / VECTORS
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error}). Run `counsel topics fit` again.") from error
    if hashlib.sha256(np.ascontiguousarray(vectors).tobytes()).hexdigest() != fit.vectors_sha256:
        raise DataError(f"{path}: holds the vectors of another fit than {RECORD}. Run `counsel topics fit` again.")
    return StoredFit(fit, vectors)


def page(home: Path, name: str) -> Path | None:
    """BERTopic's page of that name (one of `clustering.PAGES`), None where there is none."""
    path = home / FOLDER / f"{name}.html"
    return path if name in clustering.PAGES and record_of(home) is not None and path.is_file() else None
