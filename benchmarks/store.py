"""Ingest, board queries and rebuild against the size of the store: `python benchmarks/store.py [--stored N]`.

The store is filled with N generated runs by the same insert that ingest uses; then whole folders are ingested and timed, and
the queries behind the board and the transcripts. The issue asks for 1,000 runs of 2,700 samples: ingest under 2 s, the board's
95th percentile under 100 ms, open under 5 s, memory under 2 GiB, rebuild under 10 min. Small by default.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from leaderboard import board, schema
from leaderboard.checks import check
from leaderboard.files import copy_run
from leaderboard.ingest import ingest, insert
from leaderboard.rebuild import rebuild
from leaderboard.results import read
from leaderboard.samples import samples
from leaderboard.store import FILE_NAME, Store
from leaderboard.tables import frames
from tests.leaderboard.folders import Item, Task, request, write

SHARES = {
    "counsel_stigma": 0.36,
    "counsel_stigma_plain": 0.36,
    "counsel_psyllm": 0.1,
    "counsel_response": 0.03,
    "counsel_trajectory_rating": 0.02,
    "counsel_trajectory_reply": 0.02,
    "counsel_preference": 0.05,
    "counsel_preference_rank": 0.06,
}
RATES = ("dk_rate", "failed_rate", "unparsed_rate", "truncated_rate", "answered_rate")
WORDS = ("time", "after", "night", "house", "road", "letter", "table", "river", "garden", "winter", "friend", "rest", "listen")


def prose(rng: random.Random, characters: int) -> str:
    return " ".join(rng.choices(WORDS, k=characters // 6))


def tasks(count: int, seed: int) -> list[Task]:
    """Eight tasks of about `count` samples: the same prompts (3,000 characters) for every seed, other answers and values."""
    answers = random.Random(seed)
    found = []
    for name, share in SHARES.items():
        prompts = random.Random(name)
        items = []
        for n in range(max(8, round(count * share))):
            value = answers.random()
            metrics = {"score": value, "scored_rate": 1.0, **dict.fromkeys(RATES, 0.0)}
            metrics |= {f"score_{n % 4}": value, "score_lower": value}
            prompt, reply = prose(prompts, 3000), prose(answers, 60 if "stigma" in name else 900)
            place = {"cluster": f"{name}-{n // 6}", "stratum": f"s{n // 6 % 4}"}
            items.append(Item(f"{name}/{n}", metrics, **place, prompt=prompt, replies=(reply,)))
        found.append(Task(name, items, headline="score", higher_is_better="stigma" not in name))
    return found


def folder(path: Path, count: int, seed: int) -> Path:
    made = tasks(count, seed)
    return write(path / str(seed), made, asked=request(made, model=f"org/model-{seed}"), model=f"org/model-{seed}")


def fill(store: Store, source: Path, stored: int) -> None:
    """`stored` runs: the rows of one folder, with ids, models and values of their own."""
    run = read(source)
    rows = frames(run)
    for number in range(stored):
        shift = pl.lit(random.Random(number).random() / 10)
        own = {table: rows[table].with_columns(run_id=pl.lit(f"{number:016x}")) for table in schema.OF_A_RUN}
        own["runs"] = own["runs"].with_columns(model=pl.lit(f"org/filled-{number}"))
        own["scores"] = own["scores"].with_columns(pl.col("value") * (1 - shift))
        own["samples"] = own["samples"].with_columns(pl.col("answer").str.replace_all(" ", f" {number}"))
        own["items"] = own["items"].with_columns(pl.col("value") * (1 - shift))
        insert(store, f"{number:016x}", {**own, "docs": rows["docs"]})


def memory() -> float:
    """The most this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(what: str, call: Callable[[], object], times: int = 1) -> None:
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        took.append((time.perf_counter() - begin) * 1000)
    p95 = statistics.quantiles(took, n=20, method="inclusive")[-1] if times > 1 else took[0]
    print(f"{what:<44} median {statistics.median(took):>9.1f} ms   p95 {p95:>9.1f} ms   n {times}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", type=int, default=20, help="runs in the store before anything is timed")
    parser.add_argument("--samples", type=int, default=2700, help="samples a run")
    parser.add_argument("--ingest", type=int, default=5, help="folders to ingest")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        measure(Path(place), options.stored, options.samples, options.ingest)


def measure(path: Path, stored: int, count: int, ingested: int) -> None:
    home = path / "home"
    first = folder(path / "folders", count, 0)
    size = sum(file.stat().st_size for file in first.iterdir())
    print(f"{stored} runs stored, {count} samples a run, {size / 1e6:.1f} MB a folder")
    with Store.open(home) as store:
        timed("fill the store", lambda: fill(store, first, stored))
    timed("open the store", lambda: Store.open(home).close())
    with Store.open(home) as store:
        queue = [folder(path / "folders", count, seed) for seed in range(1, ingested + 1)]
        timed("ingest a folder", lambda: ingest(queue.pop(), home, store=store), ingested)
        run_id = board.scores(store, headlines=True)["run_id"][0]
        timed("board, all metrics", lambda: board.scores(store), 40)
        timed("board, headlines", lambda: board.scores(store, headlines=True), 40)
        timed("board with models and coverage", lambda: board.read(store), 40)
        timed("a page of samples, worst first", lambda: samples(store, run_id, task="counsel_stigma", order="worst"), 40)
        shown = board.scores(store, headlines=True)["run_id"].unique().to_list()
        timed("the ranking's item frame", lambda: board.items(store, shown))
        print(json.dumps({"rows on the board": board.scores(store).height}))
    print(f"file {(home / FILE_NAME).stat().st_size / 1e6:.1f} MB, most memory {memory():.0f} MiB")
    timed("rebuild, per run on disk", lambda: rebuild(home))
    timed("steps of ingest: read", lambda: read(first))
    run = read(first)
    timed("steps of ingest: check", lambda: check(run))
    timed("steps of ingest: rows", lambda: frames(run))
    timed("steps of ingest: copy", lambda: copy_run(run.sources, run.digests, path / "copy", run.run_id))


if __name__ == "__main__":
    main()
