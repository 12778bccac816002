"""BERTopic: the one module that imports it. Its embeddings are computed outside, so it needs neither torch nor a network."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.embeddings.minilm import Vectors
from counsel_leaderboard.registry.topics.record import FitParameters

INSTALL: Final = "pip install 'counsel-leaderboard[topics]'"
NEEDED: Final = ("bertopic", "umap", "hdbscan")
PACKAGES: Final = ("bertopic", "umap-learn", "hdbscan", "scikit-learn", "numpy")
TOP_WORDS: Final = 10
PAGES: Final = ("map", "hierarchy", "bars")
BARS: Final = 24
"""Topics in the picture of bars; more are too small to read."""


class MissingTopicsError(CounselError):
    """The extra `topics` is not installed."""


@dataclass(frozen=True)
class Clustered:
    """One fit. `topics`: each document's row in `vectors`, -1 for outliers; names, words: of each row; model: BERTopic's."""

    topics: NDArray[np.int64]
    vectors: Vectors
    names: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    model: Any


def require() -> None:
    """Raise MissingTopicsError with the command that installs what is missing."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingTopicsError(f"fitting topics needs {missing[0]}, which is not installed. Run: {INSTALL}")


def versions() -> dict[str, str]:
    """The versions of the libraries on which the result depends."""
    return {name: version(name) for name in PACKAGES}


def fit(documents: Sequence[str], vectors: Vectors, curated: dict[str, NDArray[Any]], chosen: FitParameters) -> Clustered:
    """Fit BERTopic: documents near a curated topic go there (its zero-shot topics), the others are clustered.

    curated: a vector for each topic. Raises MissingTopicsError.
    """
    require()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba's and UMAP's about threads, seeds and their own dependencies
        model = _model(curated, chosen)
        model.fit_transform(list(documents), np.asarray(vectors))
    return _read(model)


def _model(curated: dict[str, NDArray[Any]], chosen: FitParameters) -> Any:
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from hdbscan import HDBSCAN
    from sklearn.feature_extraction.text import CountVectorizer
    from umap import UMAP

    class Curated(BaseEmbedder):  # type: ignore[misc]
        """Gives the curated topics' vectors to BERTopic, which asks for them by name."""

        def embed(self, documents: Sequence[str], verbose: bool = False) -> NDArray[Any]:
            return np.stack([curated[name] for name in documents])

    return BERTopic(
        embedding_model=Curated(),
        umap_model=UMAP(
            n_neighbors=chosen.n_neighbors, n_components=chosen.n_components, min_dist=chosen.min_dist,
            metric=chosen.umap_metric, random_state=chosen.seed, n_jobs=1,
        ),
        hdbscan_model=HDBSCAN(
            min_cluster_size=chosen.min_cluster_size, min_samples=chosen.min_samples, metric=chosen.hdbscan_metric,
            cluster_selection_method=chosen.cluster_selection,
        ),
        vectorizer_model=CountVectorizer(stop_words="english"),
        top_n_words=TOP_WORDS,
        zeroshot_topic_list=list(curated),
        zeroshot_min_similarity=chosen.curated_similarity,
    )  # fmt: skip


def _read(model: Any) -> Clustered:
    ids = sorted(topic for topic in model.topic_labels_ if topic >= 0)
    rows = {topic: row for row, topic in enumerate(ids)}
    first = 1 if -1 in model.topic_labels_ else 0  # BERTopic's own order: outliers come first
    vectors = np.asarray(model.topic_embeddings_, dtype=np.float32)[first:]
    words = tuple(tuple(word for word, _ in model.get_topic(topic) if word) for topic in ids)
    return Clustered(
        topics=np.array([rows.get(topic, -1) for topic in model.topics_], dtype=np.int64),
        vectors=vectors,
        names=tuple(model.topic_labels_[topic] for topic in ids),
        words=words,
        model=model,
    )


def write_pages(model: Any, folder: Path) -> None:
    """BERTopic's own map, hierarchy and bars of the topics, as HTML that needs no network. They hold words and no remarks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figures = {
            "map": model.visualize_topics(),
            "hierarchy": model.visualize_hierarchy(),
            "bars": model.visualize_barchart(top_n_topics=BARS),
        }
    for name, figure in figures.items():
        (folder / f"{name}.html").write_text(figure.to_html(include_plotlyjs=True), encoding="utf-8")
