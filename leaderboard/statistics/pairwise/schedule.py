"""The replies that the judge compares: a sampled schedule that connects every candidate with every other."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from counsel_leaderboard.leaderboard.statistics.errors import RankingError

SCHEMA = {"id": pl.String, "speech": pl.String, "a": pl.String, "b": pl.String}


def schedule(replies: pl.DataFrame, neighbours: int = 6, per_pair: int = 20, seed: int = 0) -> pl.DataFrame:
    """Comparisons to ask for: id, speech, a, b (run ids), sorted by id; each is judged in both orders.

    `replies`: run_id, speech, one row for every stored reply. Candidates form a seeded random ring, so that all are
    connected; each is compared with the next and others at random distances, `neighbours` in all where there are so many, on
    `per_pair` speeches that both answered (all of them where they share fewer). Ids depend on what is compared alone, so a
    schedule that is drawn again, or grown, keeps them. Raises RankingError for fewer than two candidates, or candidates
    whom no shared speech connects.
    """
    answered = {
        str(run): set(part["speech"]) for (run,), part in replies.sort("run_id").partition_by("run_id", as_dict=True).items()
    }
    if len(answered) < 2:
        raise RankingError(
            f"{len(answered)} candidate has replies to compare, two are needed: evaluate more models on that task"
        )
    rng = np.random.default_rng(seed)
    ring = [sorted(answered)[index] for index in rng.permutation(len(answered))]
    rows = [row for a, b in _edges(ring, neighbours, rng) for row in _rows(a, b, answered[a] & answered[b], per_pair, rng)]
    comparisons = pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("id")
    _check_connected(comparisons, ring)
    return comparisons


def comparison_id(speech: str, a: str, b: str) -> str:
    """16 hex digits that identify a comparison, in either order of the two."""
    return hashlib.sha256("\n".join([speech, *sorted((a, b))]).encode()).hexdigest()[:16]


def _edges(ring: list[str], neighbours: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    size = len(ring)
    distances = np.arange(2, size // 2 + 1)
    more = rng.permutation(distances)[: max(0, (neighbours + 1) // 2 - 1)]
    pairs = {tuple(sorted((ring[i], ring[(i + step) % size]))) for step in [1, *more.tolist()] for i in range(size)}
    return sorted((a, b) for a, b in pairs)


def _rows(a: str, b: str, shared: set[str], per_pair: int, rng: np.random.Generator) -> list[tuple[str, str, str, str]]:
    speeches = sorted(shared)
    picked = rng.permutation(len(speeches))[:per_pair]
    turned = rng.random(len(picked)) < 0.5
    sides = ((b, a) if turn else (a, b) for turn in turned)
    return [(comparison_id(speeches[at], a, b), speeches[at], *side) for at, side in zip(picked.tolist(), sides, strict=True)]


def _check_connected(comparisons: pl.DataFrame, ring: list[str]) -> None:
    at = {run: index for index, run in enumerate(ring)}
    ends = [(at[a], at[b]) for a, b in comparisons.select("a", "b").unique().iter_rows()]
    rows, columns = (np.array([end[side] for end in ends], dtype=np.int64) for side in (0, 1))
    graph = coo_array((np.ones(len(ends)), (rows, columns)), shape=(len(ring), len(ring)))
    parts, member = connected_components(graph, directed=False)
    if parts > 1:
        apart = ring[int(np.argmin(np.bincount(member)[member]))]
        raise RankingError(
            f"{apart} shares too few speeches with the others to be compared with them: give it the full task, or leave it out"
        )
