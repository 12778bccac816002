"""One fit from remarks to a checked topic model: embed, cluster with several seeds, give every topic a group, check."""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from counsel_leaderboard.registry import load
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.embeddings.minilm import Embeds, Vectors
from counsel_leaderboard.registry.embeddings.vectors import vectors_of
from counsel_leaderboard.registry.topics import clustering
from counsel_leaderboard.registry.topics.clustering import Clustered
from counsel_leaderboard.registry.topics.coherence import c_v, diversity
from counsel_leaderboard.registry.topics.groups import OTHER, GroupMap, groups_of, nearest_topic, unit
from counsel_leaderboard.registry.topics.instrument import group_agreement, kappa, stability, subject_separation
from counsel_leaderboard.registry.topics.record import FitParameters, InstrumentChecks, TopicEntry, TopicFit
from counsel_leaderboard.registry.topics.remarks import Remark

FEWEST_REMARKS: Final = 500
BANK: Final = "open-topics"
_WORD: Final = re.compile(r"\b\w\w+\b")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class FittedTopics:
    """The record of a fit, the topics' vectors (topics, d), and BERTopic's own model for its pages."""

    fit: TopicFit
    vectors: Vectors
    model: Any


def fit_topics(
    remarks: Sequence[Remark], mapped: GroupMap, embed: Embeds, chosen: FitParameters, seeds: int, progress: Progress
) -> FittedTopics:
    """Fit with `chosen.seed`, and with `seeds` - 1 following seeds to see how stable that is.

    The same remark counts once in the fit, however often it occurs. Raises MissingTopicsError without the extra, DataError
    for fewer than 500 different remarks.
    """
    clustering.require()
    began = time.monotonic()
    texts = list(dict.fromkeys(remark.text for remark in remarks))
    if len(texts) < FEWEST_REMARKS:
        raise DataError(
            f"{len(texts)} different remarks are too few for topics; {FEWEST_REMARKS} are needed. Name more corpora."
        )
    progress(f"embedding {len(texts):,} remarks")
    vectors = vectors_of(texts, embed)
    curated = dict(zip(mapped.topics, mapped.vectors(embed), strict=True))
    fits = []
    for seed in range(chosen.seed, chosen.seed + seeds):
        progress(f"clustering, seed {seed}")
        fits.append(clustering.fit(texts, vectors, curated, chosen.model_copy(update={"seed": seed})))
    progress("checking")
    first = fits[0]
    entries = _entries(first, mapped, curated, Counter(first.topics.tolist()))
    checks = _checks(remarks, texts, vectors, fits, entries, mapped, curated, embed)
    raw = np.ascontiguousarray(first.vectors, dtype=np.float32)
    record = TopicFit(
        fitted_at=datetime.now(UTC).isoformat(timespec="seconds"), embedding=embed.name, map_version=mapped.version,
        abstain=mapped.abstain, nearest=mapped.nearest, parameters=chosen, versions=clustering.versions(),
        corpora=dict(Counter(remark.source for remark in remarks)), seconds=round(time.monotonic() - began, 1),
        vectors_sha256=hashlib.sha256(raw.tobytes()).hexdigest(), topics=entries, checks=checks,
    )  # fmt: skip
    return FittedTopics(record, raw, first.model)


def _entries(fitted: Clustered, mapped: GroupMap, curated: dict[str, Vectors], counts: Counter[int]) -> tuple[TopicEntry, ...]:
    names = list(curated)
    cosines = unit(fitted.vectors) @ np.stack([curated[name] for name in names]).T
    entries = []
    for row, name in enumerate(fitted.names):
        best = names[int(cosines[row].argmax())]
        similarity = float(min(cosines[row].max(), 1.0))
        group = mapped.topics.get(name) or (mapped.topics[best] if similarity >= mapped.nearest else OTHER)
        entries.append(
            TopicEntry(
                name=name if name in curated else _named(fitted.words[row]),
                group=group,
                curated=name in curated,
                similarity=1.0 if name in curated else similarity,
                words=fitted.words[row],
                remarks=counts[row],
            )
        )
    return tuple(entries)


def _named(words: Sequence[str]) -> str:
    """A name for a topic that clustering gave: its three most typical words."""
    return ", ".join(words[:3]) or "no words"


def _checks(
    remarks: Sequence[Remark], texts: Sequence[str], vectors: Vectors, fits: Sequence[Clustered],
    entries: Sequence[TopicEntry], mapped: GroupMap, curated: dict[str, Vectors], embed: Embeds,
) -> InstrumentChecks:  # fmt: skip
    first, bank = fits[0], load(BANK)
    groups = [entry.group for entry in entries]
    labelled = np.stack([embed(str(row["remark"])) for row in bank.rows])
    agreement = group_agreement(
        [str(row["group"]) for row in bank.rows], groups_of(labelled, first.vectors, groups, mapped.abstain).tolist()
    )
    best, _ = nearest_topic(vectors, first.vectors, mapped.abstain)
    weight = Counter(remark.text for remark in remarks)
    shares: Counter[str] = Counter()
    for text, topic in zip(texts, best.tolist(), strict=True):
        shares[groups[topic] if topic >= 0 else OTHER] += weight[text]
    (largest, most), *_ = shares.most_common(1)
    of_text = dict(zip(texts, best.tolist(), strict=True))
    assigned = [_assigned_groups(fitted, vectors, mapped, curated) for fitted in fits]
    clustered = [fitted.vectors[[name not in curated for name in fitted.names]] for fitted in fits]
    same = stability([fitted.topics for fitted in fits], assigned, clustered)
    words = [entry.words for entry in entries]
    return InstrumentChecks(
        bank=f"{BANK} {bank.fingerprint}", macro_f1=agreement.macro_f1, kappa=agreement.kappa, kappa_low=agreement.kappa_low,
        by_group=agreement.by_group, largest_group=largest, largest_share=most / len(remarks),
        labels_kappa=kappa(*(np.array([row[name] for row in bank.rows]) for name in ("group", "second_reading"))),
        abstained=float(np.mean(best < 0)), clustering_outliers=float(np.mean(first.topics < 0)),
        coherence=c_v(words, [_WORD.findall(text.lower()) for text in texts]), diversity=diversity(words), seeds=len(fits),
        stability=same.rand if same else None, stability_lowest=same.rand_lowest if same else None,
        same_group=same.same_group if same else None, matching=same.matching if same else None,
        subjects=subject_separation(remarks, np.array([of_text[remark.text] for remark in remarks]), "annomi"),
    )  # fmt: skip


def _assigned_groups(fitted: Clustered, vectors: Vectors, mapped: GroupMap, curated: dict[str, Vectors]) -> np.ndarray:
    entries = _entries(fitted, mapped, curated, Counter())
    return groups_of(vectors, fitted.vectors, [entry.group for entry in entries], mapped.abstain)
