"""The store with many runs: rebuild, the server's start, ingest, the board and the transcripts, with the peak memory of each.

    python benchmarks/store.py --home DIR --build [--runs N]     creates N run folders under DIR, untimed
    python benchmarks/store.py --home DIR [--step STEP]          measures the folders under DIR

Existing folders stay as they are. The server's start is timed until its readiness check succeeds. The aims, for 1,000 runs of
2,700 samples: ingest under 2 s, the board's 95th percentile under 100 ms, ready in under 5 s, memory under 2 GiB, rebuild under
10 min.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from counsel_serve import API, COUNSEL, peak_mib, serving
from result_file import ResultFile, add_out_option
from store_home import fill, folder

from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.board.transcripts import samples
from counsel_leaderboard.leaderboard.store.database import FILE_NAME, Store, frame
from counsel_leaderboard.leaderboard.store.ingest import ingest


def main() -> None:
    """Create the folders, or measure the steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="a folder for this benchmark alone")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=2700, help="samples per run")
    parser.add_argument("--ingest", type=int, default=20, help="folders to ingest")
    parser.add_argument("--build", action="store_true", help="create the folders, then end")
    parser.add_argument("--step", choices=list(STEPS), action="append", help="measure only these steps")
    add_out_option(parser, __file__)
    options = parser.parse_args()
    home = options.home / "home"
    if options.build:
        fill(home, options.runs, options.samples)
        for seed in range(options.ingest):
            folder(options.home / "new", options.samples, 10_000 + seed)
        return
    results = ResultFile("The store with many runs", options.out)
    results.text(f"{len(list((home / 'runs').iterdir()))} run folders, {options.samples} samples each.")
    results.table("what", "measured")
    for step in options.step or STEPS:
        STEPS[step](home, results)
    results.write()


def rebuild(home: Path, results: ResultFile) -> None:
    """`counsel rebuild` as a process."""
    start = time.perf_counter()
    subprocess.run([COUNSEL, "rebuild"], check=True, env={**os.environ, "COUNSEL_HOME": str(home)}, stderr=subprocess.DEVNULL)
    seconds, peak = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    results.row("rebuild", f"{seconds:.0f} s")
    results.row("peak memory of the largest process of the rebuild", f"{peak:.0f} MiB")
    results.row("size of the DuckDB file", f"{(home / FILE_NAME).stat().st_size / 1e6:.0f} MB")


def start_server(home: Path, results: ResultFile) -> None:
    """`counsel serve` until it is ready, and its first board."""
    start = time.perf_counter()
    with serving(home) as (address, server):
        results.row("server ready after its start", f"{time.perf_counter() - start:.1f} s")
        start = time.perf_counter()
        httpx.get(f"{address}{API}/leaderboard", params={"headlines": True}, timeout=120).raise_for_status()
        results.row("first board of the server, all models compared", f"{time.perf_counter() - start:.1f} s")
        results.row("peak memory of the server", f"{peak_mib(server)} MiB")


def ingest_folders(home: Path, results: ResultFile) -> None:
    """Ingest whole run folders."""
    queue = sorted((home.parent / "new").iterdir())
    with Store.open(home) as store:
        timed(results, "ingest a folder", lambda: ingest(queue.pop(), home, store=store), len(queue))
        start = time.perf_counter()
    results.row("close the store", f"{time.perf_counter() - start:.1f} s")
    results.row("peak memory up to here", f"{peak_mib(os.getpid())} MiB")


def read_board(home: Path, results: ResultFile) -> None:
    """The queries behind the board and the transcripts."""
    with Store.open(home) as store:
        timed(results, "board, all models compared for the first time", lambda: board.read(store))
        timed(results, "the board's query, all metrics", lambda: query(store), 40)
        timed(results, "board, only comparisons cached", lambda: rebuild_board(store), 10)
        timed(results, "board as pages ask for it", lambda: board.read(store), 40)
        run_id = board.scores(store, headlines=True)["run_id"][0]
        timed(
            results, "a page of samples, worst first", lambda: samples(store, run_id, task="counsel_stigma", order="worst"), 40
        )
        results.row("rows on the board", board.scores(store).height)
        results.row("peak memory up to here", f"{peak_mib(os.getpid())} MiB")


def query(store: Store) -> None:
    """The rows behind the board as the database gives them."""
    with store.reading() as cursor:
        frame(cursor, board.RUN_TASKS, {"source": "open"})
        frame(cursor, board.SCORES, {"source": "open"})


def rebuild_board(store: Store) -> None:
    """The whole board with its ranks, as after something was stored that is not on it."""
    store.generation += 1
    board.read(store)


def timed(results: ResultFile, what: str, call: Callable[[], object], times: int = 1) -> None:
    """A row with the median and the 95th percentile of so many calls."""
    milliseconds = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        milliseconds.append((time.perf_counter() - start) * 1000)
    p95 = statistics.quantiles(milliseconds, n=20, method="inclusive")[-1] if times > 1 else milliseconds[0]
    results.row(f"{what} ({times} times)", f"median {statistics.median(milliseconds):.1f} ms, p95 {p95:.1f} ms")


STEPS = {"rebuild": rebuild, "ready": start_server, "ingest": ingest_folders, "board": read_board}


if __name__ == "__main__":
    main()
