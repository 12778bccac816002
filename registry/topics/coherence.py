"""How coherent and how different the topics' words are: c_v and topic diversity, from the remarks that they come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

WINDOW: Final = 110
"""Words of the sliding window of c_v; a remark is shorter, so it is one window as a rule."""
EPSILON: Final = 1e-12


def c_v(topics: Sequence[Sequence[str]], texts: Sequence[Sequence[str]], window: int = WINDOW) -> float:
    """Mean c_v of topics, each its top words, in `texts` of words: 1 where a topic's words always occur together.

    Each word's vector holds its normalised pointwise mutual information with all words of its topic over sliding windows; c_v
    is the mean cosine between a word's vector and the sum of all of them. A word that no text has counts 0.
    Source: Röder, Both and Hinneburg, WSDM 2015.
    """
    if not topics:
        return float("nan")
    names = sorted({word for topic in topics for word in topic})
    index = {word: number for number, word in enumerate(names)}
    together = _windows_together(texts, index, window)
    return float(np.mean([_topic(together, [index[word] for word in topic]) for topic in topics]))


def _windows_together(texts: Sequence[Sequence[str]], index: dict[str, int], window: int) -> NDArray[np.float64]:
    """Share of windows that have both of two words; the diagonal is the share with the word."""
    together = np.zeros((len(index), len(index)))
    windows = 0
    for text in texts:
        for start in range(max(len(text) - window, 0) + 1):
            windows += 1
            present = sorted({index[word] for word in text[start : start + window] if word in index})
            together[np.ix_(present, present)] += 1
    return together / max(windows, 1)


def _topic(together: NDArray[np.float64], words: list[int]) -> float:
    joint = together[np.ix_(words, words)]
    single = np.diag(joint)
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.log((joint + EPSILON) / np.outer(single, single)) / -np.log(joint + EPSILON)
    vectors = np.nan_to_num(information, nan=0.0, posinf=0.0, neginf=0.0)
    total = vectors.sum(axis=0)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(total)
    return float(np.mean(np.divide(vectors @ total, lengths, out=np.zeros(len(words)), where=lengths > 0)))


def diversity(topics: Sequence[Sequence[str]]) -> float:
    """Share of different words among the top words of all topics: 1 where no two topics share one."""
    words = [word for topic in topics for word in topic]
    return len(set(words)) / len(words) if words else float("nan")
