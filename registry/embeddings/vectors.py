"""Vectors of many texts, computed once on a machine and stored in the cache folder."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence

import numpy as np

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.paths import cache
from counsel_leaderboard.registry.embeddings.minilm import Embeds, Vectors


def vectors_of(texts: Sequence[str], embed: Embeds) -> Vectors:
    """A row for each text, shape (n, d). Read from the cache folder where the same texts were embedded before."""
    if not texts:
        return np.zeros((0, 1), dtype=np.float32)
    key = hashlib.sha256(json.dumps([embed.name, *texts]).encode()).hexdigest()
    file = cache() / "embeddings" / f"{key}.npy"
    try:
        stored: Vectors = np.load(file, allow_pickle=False)
    except (OSError, ValueError):
        pass
    else:
        if stored.ndim == 2 and len(stored) == len(texts):
            return stored
    rows = np.stack([embed(text) for text in texts])
    raw = io.BytesIO()
    np.save(raw, rows, allow_pickle=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(file, raw.getvalue())
    return rows
