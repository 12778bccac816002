"""Cost of topics: embedding remarks, fitting a corpus of them, and assigning groups to new ones; needs the extra `topics`.

Each text is embedded alone, so the embedding is measured on a part of the corpus and multiplied; the fit has as many remarks as
asked for, those beyond the embedded ones with vectors between two of theirs.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from result_file import ResultFile, add_out_option

from counsel_leaderboard.leaderboard.cli.topics_commands import remarks_of_corpus
from counsel_leaderboard.registry.embeddings.minilm import Vectors, minilm
from counsel_leaderboard.registry.topics import clustering, stored_fit
from counsel_leaderboard.registry.topics.fitting import fit_topics
from counsel_leaderboard.registry.topics.groups import group_map
from counsel_leaderboard.registry.topics.record import FitParameters
from counsel_leaderboard.registry.topics.remarks import Remark

KIB_A_GIB = 2**20  # ru_maxrss is in KiB


def main() -> None:
    """Embed, fit, assign, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="+", help="as for `counsel topics fit`")
    parser.add_argument("--remarks", type=int, default=50_000, help="of the fit")
    parser.add_argument("--embedded", type=int, default=5_000, help="how many of them are embedded")
    parser.add_argument("--assign", type=int, default=1_000)
    add_out_option(parser, __file__)
    options = parser.parse_args()
    results = ResultFile("Cost of topics", options.out)
    clustering.require()
    own = list(dict.fromkeys(remark.text for corpus in options.corpora for remark in remarks_of_corpus(corpus)))
    random.Random(0).shuffle(own)
    texts, new = own[: options.embedded], own[options.embedded : options.embedded + options.assign]
    embed, mapped = minilm(), group_map()
    began = Clock()
    vectors = np.stack([embed(text) for text in texts])
    embedded = began.cost()
    replay = Replayed(dict(between(texts, vectors, options.remarks)))
    remarks = [Remark(text, "corpus", str(number)) for number, text in enumerate(replay.vectors)]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COUNSEL_CACHE"] = folder
        began = Clock()
        fitted = fit_topics(remarks, mapped, replay, FitParameters(curated_similarity=mapped.curated), 1, print)
        fit_cost = began.cost()
        stored_fit.save(fitted, Path(folder))
        stored = stored_fit.read(Path(folder))
    began = Clock()
    stored.groups_of(new, replay)
    assigned = began.cost()
    times = options.remarks / len(texts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_A_GIB
    results.text(f"Of {', '.join(options.corpora)}. {len(fitted.fit.topics)} topics; peak memory {peak:.1f} GiB.")
    results.table("what", "remarks", "seconds", "CPU seconds", "limit")
    results.row("embed", f"{len(texts):,}", *map(shown, embedded), "")
    results.row("cluster and check", f"{options.remarks:,}", *map(shown, fit_cost), "")
    whole = [part * times + fit for part, fit in zip(embedded, fit_cost, strict=True)]
    results.row("embed and fit, by multiplying", f"{options.remarks:,}", *map(shown, whole), "600 s and 6 GiB on two cores")
    results.row("assign, after loading", f"{len(new):,}", *map(shown, assigned), "10 s")
    results.text(
        "One thread throughout. CPU seconds are what an idle core needs; seconds are longer by what else the machine was doing."
    )
    results.write()


class Replayed:
    """Gives vectors that are known, and embeds other texts."""

    name = "all-MiniLM-L6-v2-int8"

    def __init__(self, vectors: dict[str, Vectors]) -> None:
        self.vectors = vectors

    def __call__(self, text: str) -> Vectors:
        """The vector of the text, shape (d,)."""
        return self.vectors[text] if text in self.vectors else minilm()(text)


def between(texts: list[str], vectors: Vectors, count: int) -> Iterator[tuple[str, Vectors]]:
    """`count` different texts with vectors of length 1: those given, then joined halves of two with the mean of theirs."""
    luck = np.random.default_rng(0)
    yield from zip(texts[:count], vectors[:count], strict=True)
    for number in range(len(texts), count):
        first, second = luck.integers(len(texts), size=2)
        words = (*texts[first].split()[::2], *texts[second].split()[::2], f"{number}")
        mean = vectors[first] + vectors[second] + luck.normal(0, 0.01, vectors.shape[1])
        yield " ".join(words), np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def shown(seconds: float) -> str:
    """Seconds with one digit."""
    return f"{seconds:.1f}"


class Clock:
    """Seconds and CPU seconds since it was created."""

    def __init__(self) -> None:
        self.began, self.used = time.monotonic(), time.process_time()

    def cost(self) -> tuple[float, float]:
        """Both."""
        return time.monotonic() - self.began, time.process_time() - self.used


if __name__ == "__main__":
    main()
