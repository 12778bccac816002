"""Finds near-duplicates: texts, of one item or of two, that are mostly the same words in the same order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from datasketch import MinHash, MinHashLSH

from counsel_leaderboard.registry.bank_checks.texts import Text

MIN_WORDS = 12
PERMUTATIONS = 64


@dataclass(frozen=True)
class SimilarTexts:
    """Two texts and the Jaccard similarity of their word triples, in [0, 1]."""

    first: Text
    second: Text
    jaccard: float


def shingles(text: str) -> frozenset[str]:
    """The set of word triples of a text, in lower case and without punctuation."""
    words = re.findall(r"[\w']+", text.lower())
    return frozenset(" ".join(words[start : start + 3]) for start in range(len(words) - 2))


def near_duplicates(pool: Iterable[Text], threshold: float = 0.4) -> list[SimilarTexts]:
    """Pairs at or above the threshold, most similar first; texts under 12 words are skipped, since they repeat by chance.

    Candidates come from MinHash with banding (Broder 1997) at half the threshold, so that few are missed; the Jaccard
    similarity of each is then computed exactly.
    """
    long_texts = [(text, shingles(text.text)) for text in pool if len(text.text.split()) >= MIN_WORDS]
    signatures = _signatures([grams for _, grams in long_texts])
    index = MinHashLSH(threshold=threshold / 2, num_perm=PERMUTATIONS)
    pairs = []
    for number, ((text, grams), signature) in enumerate(zip(long_texts, signatures, strict=True)):
        for other in index.query(signature):
            alike = len(grams & long_texts[other][1]) / len(grams | long_texts[other][1])
            if alike >= threshold:
                pairs.append(SimilarTexts(long_texts[other][0], text, alike))
        index.insert(number, signature)
    return sorted(pairs, key=lambda pair: -pair.jaccard)


def _signatures(sets: list[frozenset[str]]) -> list[MinHash]:
    encoded = [[gram.encode() for gram in sorted(grams)] for grams in sets]
    return list(MinHash.bulk(encoded, num_perm=PERMUTATIONS, seed=1)) if encoded else []
