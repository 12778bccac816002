"""A linear classifier over string features with one output a label, and its file: numbers and names only, no pickle."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from counsel_leaderboard.registry.skills.features import BLOCKS

Floats = NDArray[np.floating[Any]]

BLOCK_WEIGHT = {"w": 1.0, "c": 1.0, "p": 0.5, "s": 0.4}
"""Length of each block's vector in a sentence; of block s the value of each feature, for shape has no document frequency."""

LINES = ("bias", "slope", "offset", "threshold", "rate")
"""Arrays with one number a label."""


@dataclass(frozen=True)
class Vocabulary:
    """The features that count. `names`: sorted, each begins with its block's letter. `idf`: weight of each, (n,)."""

    names: tuple[str, ...]
    idf: Floats

    @classmethod
    def of(cls, rows: Sequence[Iterable[str]], least: int) -> Vocabulary:
        """The features that at least `least` rows have, with their smoothed inverse document frequency."""
        frequency: Counter[str] = Counter()
        for row in rows:
            frequency.update(set(row))
        names = tuple(sorted(name for name, count in frequency.items() if count >= least))
        counts = np.array([len(rows) if name[0] == "s" else frequency[name] for name in names], dtype=float)
        return cls(names, np.log((1 + len(rows)) / (1 + counts)) + 1)

    @cached_property
    def index(self) -> dict[str, int]:
        """Number of each feature."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def _block(self) -> NDArray[np.intp]:
        return np.array([BLOCKS.index(name[0]) for name in self.names], dtype=np.intp)

    def matrix(self, rows: Sequence[Iterable[str]]) -> scipy.sparse.csr_matrix:
        """One line a row, (rows, n): each known feature of the row once, every block but the shape scaled to its length."""
        index = self.index
        numbers = [sorted({index[name] for name in row if name in index}) for row in rows]
        sizes = np.array([len(line) for line in numbers], dtype=np.intp)
        column = np.fromiter((number for line in numbers for number in line), dtype=np.intp, count=int(sizes.sum()))
        group = np.repeat(np.arange(len(rows)), sizes) * len(BLOCKS) + self._block[column]
        value = self.idf[column].astype(float)
        length = np.sqrt(np.bincount(group, value**2, minlength=len(rows) * len(BLOCKS)))
        length[BLOCKS.index("s") :: len(BLOCKS)] = 1
        weight = np.array([BLOCK_WEIGHT[block] for block in BLOCKS])
        value *= weight[self._block[column]] / length[group]
        return scipy.sparse.csr_matrix((value, column, np.concatenate([[0], np.cumsum(sizes)])), (len(rows), len(self.names)))


@dataclass(frozen=True)
class LinearModel:
    """Weights (n, labels) and bias (labels,) of a logistic regression a label, and the line that calibrates its scores.

    slope, offset: (labels,); a label's probability is the logistic function of slope * score + offset. threshold: (labels,),
    the probability from which the label is given. rate: (labels,), the share of the rows learnt from that have it.
    """

    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Floats
    bias: Floats
    slope: Floats
    offset: Floats
    threshold: Floats
    rate: Floats

    def probabilities(self, rows: Sequence[Iterable[str]]) -> Floats:
        """The calibrated probability of each label in each row of features, (rows, labels), each in (0, 1)."""
        if not rows:
            return np.zeros((0, len(self.labels)))
        score = np.asarray(self.vocabulary.matrix(rows) @ self._wide) + self.bias
        return 1 / (1 + np.exp(-(score * self.slope + self.offset)))

    @cached_property
    def _wide(self) -> Floats:
        return np.asarray(self.weights, dtype=np.float64)  # half precision is for the file, sums are not

    def to_bytes(self) -> bytes:
        """The model as the bytes of a compressed .npz file, weights in half precision."""
        text = json.dumps({"labels": self.labels, "names": self.vocabulary.names}, ensure_ascii=False)
        arrays = {name: getattr(self, name).astype(np.float32) for name in LINES}
        file = io.BytesIO()
        np.savez_compressed(
            file,
            text=np.frombuffer(text.encode(), dtype=np.uint8),
            idf=self.vocabulary.idf.astype(np.float16),
            weights=self.weights.astype(np.float16),
            **arrays,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, raw: bytes) -> LinearModel:
        """The model in the bytes of a file. Raises ValueError, KeyError, OSError or zipfile.BadZipFile for any other bytes."""
        with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
            text = json.loads(stored["text"].tobytes())
            vocabulary = Vocabulary(tuple(text["names"]), stored["idf"])
            arrays = {name: stored[name] for name in ("weights", *LINES)}
        model = cls(tuple(text["labels"]), vocabulary, **arrays)
        if model.weights.shape != (len(vocabulary.names), len(model.labels)) or vocabulary.idf.shape != (
            len(vocabulary.names),
        ):
            raise ValueError("the numbers of features, labels and weights do not agree")
        return model
