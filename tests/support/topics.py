"""A small topic model for tests: words stand for groups, so that what is assigned follows from the text."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from counsel_leaderboard.registry.embeddings.minilm import Vectors
from counsel_leaderboard.registry.topics import stored_fit
from counsel_leaderboard.registry.topics.record import FitParameters, InstrumentChecks, TopicEntry, TopicFit
from counsel_leaderboard.registry.topics.stored_fit import StoredFit
from tests.support.homes import store_run
from tests.support.run_folders import Item, Task, request

WORDS = {"session": "process", "sad": "emotions", "sister": "relationships", "exam": "work", "sleep": "health"}
"""A word for each topic, and the topic's group."""


class WordEmbedding:
    """A dimension for each of WORDS and a last one for texts without any; vectors have length 1."""

    name = "words"

    def __call__(self, text: str) -> Vectors:
        counts = [float(text.lower().split().count(word)) for word in WORDS]
        vector = np.array([*counts, 0.0 if any(counts) else 1.0], dtype=np.float32)
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def checks(**changes: Any) -> InstrumentChecks:
    """Those of an instrument that is good enough."""
    given: dict[str, Any] = {
        "bank": "open-topics sha256:b", "macro_f1": 0.7, "kappa": 0.65, "kappa_low": 0.6, "by_group": {}, "labels_kappa": 0.9,
        "largest_group": "process", "largest_share": 0.3, "abstained": 0.1, "clustering_outliers": 0.4, "coherence": 0.4,
        "diversity": 0.8, "seeds": 10, "stability": 0.7, "stability_lowest": 0.6, "same_group": 0.9, "matching": 0.8,
    }  # fmt: skip
    return InstrumentChecks(**(given | changes))


def small_fit(**changes: Any) -> StoredFit:
    """A fit with one topic for each of WORDS. changes: of its checks."""
    vectors = np.eye(len(WORDS), len(WORDS) + 1, dtype=np.float32)
    topics = tuple(
        TopicEntry(name=f"topic of {word}", group=group, curated=True, similarity=1.0, words=(word,), remarks=9)
        for word, group in WORDS.items()
    )
    fit = TopicFit(
        fitted_at="2026-01-02T03:04:05+00:00", embedding=WordEmbedding.name, map_version="1.0", abstain=0.25, nearest=0.5,
        parameters=FitParameters(curated_similarity=0.4), versions={"bertopic": "0"}, corpora={"banks": 45}, seconds=1.0,
        vectors_sha256=hashlib.sha256(vectors.tobytes()).hexdigest(), topics=topics, checks=checks(**changes),
    )  # fmt: skip
    return StoredFit(fit, vectors)


def store_fit(home: Path, **changes: Any) -> StoredFit:
    """Write `small_fit` into a home, with one page of BERTopic's."""
    fit = small_fit(**changes)
    folder = home / stored_fit.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / stored_fit.VECTORS, fit.vectors)
    (folder / "map.html").write_text("<html>the map</html>", encoding="utf-8")
    (folder / stored_fit.RECORD).write_text(fit.fit.model_dump_json(), encoding="utf-8")
    return fit


def talk(name: str, replies: dict[str, str], *, prompts: dict[str, str] | None = None, source: str = "open") -> list[Task]:
    """A run's one task: a reply for each case, to the client's message of that case."""
    items = [
        Item(
            f"{case}-item", {"win_rate": 1.0, "scored_rate": 1.0}, case, replies=(reply,),
            prompt=(prompts or {}).get(case, f"I am sad, says {case}."),
        )
        for case, reply in replies.items()
    ]  # fmt: skip
    return [Task(name, items, "win_rate", "preference", higher_is_better=True, dataset="open-preference", source=source)]


def store_talk(home: Path, model: str, replies: dict[str, str], *, role: str = "candidate", **options: Any) -> str:
    """Store a run of `talk` of a task of single replies; its id."""
    tasks = talk("counsel_preference", replies, **options)
    record = request(tasks, role=role)
    record["model"]["name"] = model
    if role == "people":
        record["engine"] = {"kind": "recorded", "version": "1", "options": {"withheld": None, "answers": {}}}
    return store_run(home, tasks, record, model)
