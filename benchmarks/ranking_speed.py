"""The cost of ranking by the number of models: time and memory.

    python benchmarks/ranking_speed.py [--models 100 300 1000 3000] [--missing 0.0]

A board has 8 tasks of 300 items in 50 to 300 clusters. Columns, in seconds: intervals of every headline from item
frames; tiers, rank spreads and the overall order of all tasks from scratch; the same board with one run more; and peak memory
of the process in GiB, frames included. Then a Bradley-Terry fit of one million verdicts on 1,000 candidates.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
import polars as pl
from result_file import ResultFile, add_out_option

from counsel_leaderboard.leaderboard.statistics.intervals import intervals
from counsel_leaderboard.leaderboard.statistics.pairwise.bradley_terry import fit
from counsel_leaderboard.leaderboard.statistics.ranking.ranker import Ranker

TASKS, ITEMS = 8, 300
SIZES = (6, 1, 6, 2, 1, 3, 5, 6)  # items a cluster, task by task
STRATA = (10, 1, 5, 1, 1, 4, 1, 1)
COMBINES = ("strata", "clusters", "items", "clusters", "clusters", "strata", "items", "clusters")
AREAS = ("quality", "trajectory", "stigma_response", "stigma_response", "preference", "preference", "quality", "trajectory")


def task_frame() -> pl.DataFrame:
    """The task frame of the eight tasks."""
    names = [f"t{number}" for number in range(TASKS)]
    return pl.DataFrame({"task": names, "combine": COMBINES, "higher_is_better": True, "lo": 0.0, "hi": 1.0})


def item_frame(models: int, task: int, missing: float, seed: int = 0) -> pl.DataFrame:
    """All models' items of one task; models and clusters differ, half the tasks are 0/1."""
    rng = np.random.default_rng([seed, task])
    size, n_clusters = SIZES[task], ITEMS // SIZES[task]
    level = rng.normal(0, 0.6, (models, 1)) + np.repeat(rng.normal(0, 1, (1, n_clusters)), size, axis=1)
    probability = 1 / (1 + np.exp(-(level + rng.normal(0, 0.7, (models, ITEMS)))))
    value = (rng.random(probability.shape) < probability).astype(np.float64) if task % 2 else probability
    holes = rng.random(probability.shape) < missing
    cluster = np.repeat(np.arange(n_clusters), size)
    columns = {
        "run_id": pl.Series([f"r{number:05d}" for number in range(models)]).gather(np.repeat(np.arange(models), ITEMS)),
        "task": pl.repeat(f"t{task}", models * ITEMS, eager=True),
        "metric": pl.repeat("m", models * ITEMS, eager=True),
        "stratum": pl.Series([f"s{number % STRATA[task]}" for number in cluster]).gather(np.tile(np.arange(ITEMS), models)),
        "cluster": pl.Series([f"c{number:03d}" for number in cluster]).gather(np.tile(np.arange(ITEMS), models)),
        "item": pl.Series([f"i{number:03d}" for number in range(ITEMS)]).gather(np.tile(np.arange(ITEMS), models)),
        "value": pl.Series(np.where(holes, np.nan, value).ravel()).fill_nan(None),
        "weight": pl.repeat(1.0, models * ITEMS, eager=True),
    }
    return pl.DataFrame(columns)


def board(models: int, missing: float) -> None:
    """Print the cells of one row of the table as JSON."""
    frames = {f"t{task}": item_frame(models + 1, task, missing) for task in range(TASKS)}
    rules = task_frame()
    names = [f"r{number:05d}" for number in range(models + 1)]

    def fetch(task: str, runs: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        whole = frames[task]
        some = whole if len(runs) == models + 1 else whole.filter(pl.col("run_id").is_in(runs))
        return some, rules.filter(pl.col("task") == task)

    def rank(runs: list[str]) -> float:
        start = time.perf_counter()
        rows = [(run, task, "candidate") for task in frames for run in runs]
        entrants = pl.DataFrame(rows, schema=["run_id", "task", "role"], orient="row")
        ranker.rank(entrants, dict(zip(frames, AREAS, strict=True)), list(frames), fetch)
        return time.perf_counter() - start

    start = time.perf_counter()
    for task, frame in frames.items():
        intervals(frame, rules.filter(pl.col("task") == task))
    interval_seconds = time.perf_counter() - start
    ranker = Ranker()
    whole, one_more = rank(names[:-1]), rank(names)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    cells = [f"{models:,}", f"{missing:.0%}", f"{interval_seconds:.1f}", f"{whole:.1f}", f"{one_more:.2f}", f"{peak:.2f}"]
    print(json.dumps(cells))


def fit_verdicts(results: ResultFile, comparisons: int = 1_000_000, candidates: int = 1000, speeches: int = 120) -> None:
    """Report how long one large fit takes."""
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 1, candidates)
    a = rng.integers(0, candidates, comparisons)
    b = (a + rng.integers(1, candidates, comparisons)) % candidates
    won = rng.random(comparisons) < 1 / (1 + np.exp(truth[b] - truth[a]))
    names = pl.Series([f"r{number:04d}" for number in range(candidates)])
    clusters = pl.Series([f"s{number:03d}" for number in range(speeches)]).gather(rng.integers(0, speeches, comparisons))
    frame = pl.DataFrame({"speech": clusters, "a": names.gather(a), "b": names.gather(b), "score": won.astype(float)})
    start = time.perf_counter()
    strengths = fit(frame)
    seconds = time.perf_counter() - start
    error = np.abs(strengths.value - (truth - truth.mean())).max()
    results.text(
        f"{comparisons:,} verdicts on {candidates:,} candidates: {seconds:.1f} s, largest error {error:.2f} on the logit scale."
    )


def main() -> None:
    """Measure every size in its own process, so that peaks of memory do not add up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, nargs="+", default=[100, 300, 1000, 3000])
    parser.add_argument("--missing", type=float, default=0.0)
    parser.add_argument("--in-this-process", action="store_true", help="measure only the first size, in this process")
    add_out_option(parser, __file__)
    options = parser.parse_args()
    if options.in_this_process:
        board(options.models[0], options.missing)
        return
    results = ResultFile("The cost of ranking", options.out)
    results.table("models", "missing items", "intervals, s", "ranks, s", "one more run, s", "peak memory, GiB")
    for models in options.models:
        arguments = ["--in-this-process", "--models", str(models), "--missing", str(options.missing)]
        child = subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True)
        results.row(*json.loads(child.stdout))
    fit_verdicts(results)
    results.write()


if __name__ == "__main__":
    main()
