"""The store at the size that docs/scale.md states: `python benchmarks/store.py --home DIR [--runs N]`.

`--build` makes N run folders under DIR and ends (untimed, and what is there stays). Without it, over what DIR holds: rebuild,
the server's start until it says that it is ready, whole folders ingested, the queries behind the board and the transcripts,
and the most memory of each. The aims, for 1,000 runs of 2,700 samples: ingest under 2 s, the board's 95th percentile under
100 ms, ready in under 5 s, memory under 2 GiB, rebuild under 10 min.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.store_home import fill, folder
from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.board.transcripts import samples
from counsel_leaderboard.leaderboard.store.database import FILE_NAME, Store, frame
from counsel_leaderboard.leaderboard.store.ingest import ingest

COUNSEL = Path(sys.executable).with_name("counsel")
STEPS = ("rebuild", "ready", "ingest", "board")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="a folder of this benchmark's own")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--samples", type=int, default=2700, help="samples a run")
    parser.add_argument("--ingest", type=int, default=20, help="folders to ingest")
    parser.add_argument("--build", action="store_true", help="make the folders and end")
    parser.add_argument("--step", choices=STEPS, action="append", help="only these")
    options = parser.parse_args()
    home = options.home / "home"
    if options.build:
        fill(home, options.runs, options.samples)
        for seed in range(options.ingest):
            folder(options.home / "new", options.samples, 10_000 + seed)
        return
    print(f"{len(list((home / 'runs').iterdir()))} run folders, {options.samples} samples each")
    for step in options.step or STEPS:
        {"rebuild": rebuild, "ready": ready, "ingest": ingests, "board": boards}[step](home)


def rebuild(home: Path) -> None:
    begin = time.perf_counter()
    subprocess.run([COUNSEL, "rebuild"], check=True, env={**os.environ, "COUNSEL_HOME": str(home)}, stderr=subprocess.DEVNULL)
    took, most = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"rebuild {took:.0f} s; the largest of its processes held {most:.0f} MiB; "
          f"file {(home / FILE_NAME).stat().st_size / 1e6:.0f} MB")  # fmt: skip


def ready(home: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, begin = f"http://127.0.0.1:{port}", time.perf_counter()
    server = subprocess.Popen([COUNSEL, "serve", "--port", str(port)], env={**os.environ, "COUNSEL_HOME": str(home)})
    try:
        for _ in count():
            try:
                if httpx.get(f"{address}/api/v1/health/ready", timeout=60).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        print(f"server ready {time.perf_counter() - begin:.1f} s after its start")
        begin = time.perf_counter()
        httpx.get(f"{address}/api/v1/leaderboard", params={"headlines": True}, timeout=120).raise_for_status()
        print(f"first board, all models compared, {time.perf_counter() - begin:.1f} s; the server held {held(server.pid)} MiB")
    finally:
        server.terminate()
        server.wait()


def held(pid: int) -> int:
    """The most memory that a process has held so far, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024


def ingests(home: Path) -> None:
    queue = sorted((home.parent / "new").iterdir())
    with Store.open(home) as store:
        timed("ingest a folder", lambda: ingest(queue.pop(), home, store=store), len(queue))
        begin = time.perf_counter()
    print(f"closed in {time.perf_counter() - begin:.1f} s; most memory so far {held(os.getpid())} MiB")


def boards(home: Path) -> None:
    with Store.open(home) as store:
        timed("board, all models compared for the first time", lambda: board.read(store))
        timed("board's query, all metrics", lambda: query(store), 40)
        timed("board, nothing new to compare, nothing kept", lambda: anew(store), 10)
        timed("board as pages ask for it", lambda: board.read(store), 40)
        run_id = board.scores(store, headlines=True)["run_id"][0]
        timed("a page of samples, worst first", lambda: samples(store, run_id, task="counsel_stigma", order="worst"), 40)
        print(f"{board.scores(store).height} rows on the board; most memory so far {held(os.getpid())} MiB")


def query(store: Store) -> None:
    """The rows behind the board as the database gives them."""
    with store.reading() as cursor:
        frame(cursor, board.STANDING, {"source": "open"})
        frame(cursor, board.SCORES, {"source": "open"})


def anew(store: Store) -> None:
    """The whole board with its ranks, as after something was stored that is not on it."""
    store.generation += 1
    board.read(store)


def timed(what: str, call: Callable[[], object], times: int = 1) -> None:
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        took.append((time.perf_counter() - begin) * 1000)
    p95 = statistics.quantiles(took, n=20, method="inclusive")[-1] if times > 1 else took[0]
    print(f"{what:<50} median {statistics.median(took):>9.1f} ms   p95 {p95:>9.1f} ms   n {times}", flush=True)


if __name__ == "__main__":
    main()
