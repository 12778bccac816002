"""How often the intervals hold and how often equal models are split, by simulation; writes docs/coverage.md.

    python benchmarks/ranking_coverage.py [--boards 2000] [--out docs/coverage.md]

A cell is rate x within-cluster correlation x clusters x items a cluster; each is simulated `--boards` times.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from counsel_leaderboard.leaderboard.statistics.intervals import score
from counsel_leaderboard.leaderboard.statistics.paired import compare
from counsel_leaderboard.leaderboard.statistics.proportions import t_quantile
from counsel_leaderboard.leaderboard.statistics.ranking.rank_sets import max_t, rank_sets
from counsel_leaderboard.leaderboard.statistics.ranking.tiers import tiers
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats
from counsel_leaderboard.leaderboard.statistics.simulation import Design, equal_models, panel_of, rates

RATES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
CORRELATIONS = (0.0, 0.1, 0.3, 0.6, 0.9)
CLUSTERS = (6, 20, 45, 120)
SIZES = (1, 6, 12)
FLOOR, CEILING = 0.93, 0.97
OWN_DESIGNS = {
    "psyllm, 9 topics x 5 cases x 6 turns": (Design(45, 6, 9, "strata"), "graded"),
    "trajectory, 20 cases": (Design(20), "graded"),
    "stigma, 3 conditions x 18 vignettes x 12": (Design(54, 12, 3, "items"), "rate"),
    "response, 5 symptoms x 4 stimuli": (Design(20, 1, 5, "strata"), "rate"),
    "preference, 120 speeches": (Design(120), "rate"),
}


@dataclass(frozen=True)
class Cell:
    """Coverage of one cell: the share of boards whose interval holds the truth, and what the code said of itself."""

    design: Design
    rate: float
    correlation: float
    coverage: float
    conservative: float
    too_few: float

    @property
    def verdict(self) -> str:
        """ok, conservative (declared on most boards), bounds (too few clusters), or a broken promise in capitals."""
        if self.too_few > 0.5:
            return "bounds, too few clusters" if self.coverage >= FLOOR else "BOUNDS BELOW 93%"
        if self.coverage < FLOOR:
            return "BELOW 93%"
        if self.coverage <= CEILING:
            return "ok"
        return "conservative" if self.conservative > 0.5 else "ABOVE 97% UNDECLARED"


def cell(design: Design, rate: float, correlation: float, boards: int, seed: int) -> Cell:
    """Simulates one cell; every board is a run of one panel."""
    scores = score(panel_of(rates(design, rate, correlation, boards, seed), design))
    held = (scores.limits.low <= rate + 1e-12) & (scores.limits.high >= rate - 1e-12)
    few = float(np.mean(scores.method == "bounds"))
    return Cell(design, rate, correlation, float(held.mean()), float(scores.conservative.mean()), few)


def grid(boards: int) -> list[Cell]:
    """The stated grid; correlation has no meaning for clusters of one item."""
    places = [
        (Design(clusters, size), correlation, rate)
        for clusters in CLUSTERS
        for size in SIZES
        for correlation in (CORRELATIONS if size > 1 else (0.0,))
        for rate in RATES
    ]
    return [cell(design, rate, correlation, boards, seed) for seed, (design, correlation, rate) in enumerate(places)]


def few(boards: int) -> list[Cell]:
    """Breakdowns by topic or symptom rest on 2 to 5 clusters."""
    return [
        cell(Design(clusters, 6), rate, correlation, boards, 7000 + 100 * clusters + index)
        for clusters in (2, 3, 4, 5)
        for index, (rate, correlation) in enumerate((r, c) for r in (0.05, 0.2, 0.5, 0.8, 0.95) for c in (0.0, 0.3, 0.9))
    ]


def split_rate(design: Design, kind: str, models: int, boards: int) -> float:
    """The share of boards of equal models with any tier beyond the first or any significant pair."""
    split = 0
    for seed in range(boards):
        pairs = compare(panel_of(equal_models(design, models, 1.0, 1.0, seed, kind), design))
        sets = rank_sets(pairs, max_t(pairs))
        split += bool(sets.significant.any() or tiers(pairs.value, sets.significant).max() > 1)
    return split / boards


def difference_coverage(design: Design, first: float, second: float, correlation: float, boards: int) -> float:
    """How often difference -+ t x error holds the true difference of two runs with these rates."""
    one, two = (rates(design, rate, correlation, boards, seed) for seed, rate in ((1, first), (2, second)))
    held = 0
    for board in range(boards):
        block = compare(panel_of(np.stack([one[board], two[board]]), design)).against
        half = t_quantile(block.df)[0, 1] * block.error[0, 1]
        held += abs(block.difference[0, 1] - (first - second)) <= half + 1e-12
    return held / boards


def table(cells: list[Cell]) -> list[str]:
    """One line a design and correlation, one column a rate; * conservative, [] bounds."""
    used = sorted({c.rate for c in cells})
    lines = ["| clusters | items each | correlation | " + " | ".join(f"{r:g}" for r in used) + " |"]
    lines.append("|---" * (3 + len(used)) + "|")
    rows: dict[tuple[int, int, float], dict[float, Cell]] = {}
    for c in cells:
        rows.setdefault((c.design.clusters, c.design.size, c.correlation), {})[c.rate] = c
    for (clusters, size, correlation), row in rows.items():
        marks = " | ".join(mark(row[rate]) for rate in used)
        lines.append(f"| {clusters} | {size} | {correlation:g} | {marks} |")
    return lines


def mark(c: Cell) -> str:
    """Coverage in percent with its sign."""
    text = f"{100 * c.coverage:.1f}"
    return {"ok": text, "conservative": f"{text}\\*", "bounds, too few clusters": f"[{text}]"}.get(
        c.verdict, f"**{text} {c.verdict}**"
    )


def report(boards: int) -> str:
    """The page."""
    main, small = grid(boards), few(boards)
    bad = [c for c in main + small if c.verdict.isupper() or c.verdict.startswith(("BELOW", "ABOVE", "BOUNDS"))]
    covered: Floats = np.array([c.coverage for c in main])
    lines = [
        "# Coverage",
        "",
        f"How often a 95% interval holds the truth, simulated {boards:,} times a cell by",
        "`python benchmarks/ranking_coverage.py`. Clusters are beta-binomial; columns are true rates, cells are percent.",
        "\\* above 97%, and declared conservative by the code on most boards of that cell: fewer than 30 clusters, no",
        "variation, or under 10 effective outcomes of the rarer kind. [ ] too few clusters: on most boards bounds stand in",
        "place of an interval.",
        "",
        f"In the grid the lowest is {100 * covered.min():.1f}%; {np.sum(covered > CEILING)} of {len(main)} cells are",
        f"above 97%, and {sum(c.too_few > 0.5 for c in main)} show bounds. Cells in either table that break a promise:",
        f"{len(bad)}.",
        "",
        "## The grid",
        "",
        *table(main),
        "",
        "## Fewer clusters than the grid",
        "",
        "Breakdowns by topic or symptom rest on so few. Nothing is ranked on them.",
        "",
        *table(small),
        "",
        "## Paired differences",
        "",
        "Two runs with these rates, each drawn by itself; difference -+ Student's t x error, in percent.",
        "",
        "| clusters | items each | correlation | .5 and .5 | .5 and .6 | .1 and .1 | .1 and .2 | .05 and .3 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for design, correlation in (
        (Design(20), 0.0),
        (Design(20, 6), 0.3),
        (Design(45, 6), 0.3),
        (Design(45, 6), 0.6),
        (Design(120), 0.0),
    ):
        pairs = ((0.5, 0.5), (0.5, 0.6), (0.1, 0.1), (0.1, 0.2), (0.05, 0.3))
        found = [difference_coverage(design, *pair, correlation, min(boards, 1000)) for pair in pairs]
        lines.append(
            f"| {design.clusters} | {design.size} | {correlation:g} | " + " | ".join(f"{100 * f:.1f}" for f in found) + " |"
        )
    lines += [
        "",
        "## Equal models split",
        "",
        "Boards on which all models are equally good: percent with any tier but one, or any pair called different; at most",
        f"5 is promised. {boards // 2:,} boards a cell.",
        "",
        "| design | 5 models | 20 models | 60 models |",
        "|---|---|---|---|",
    ]
    for name, (design, kind) in OWN_DESIGNS.items():
        found = [split_rate(design, kind, models, boards // 2) for models in (5, 20, 60)]
        lines.append(f"| {name} | " + " | ".join(f"{100 * f:.1f}" for f in found) + " |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Runs everything and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boards", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path("docs/coverage.md"))
    options = parser.parse_args()
    start = time.perf_counter()
    options.out.write_text(report(options.boards), encoding="utf-8")
    print(f"{options.out}: {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
