"""The cost of the queue: two workers claim requests from a real server at once, and a worker stops reporting.

    python benchmarks/queue_cost.py [--requests 200] [--workers 2] [--lease 3]

Reports, in milliseconds, how long a claim takes beside the other worker (median, 95th percentile, longest), the whole overhead
of a request (claim, one heartbeat, end), whether any request was claimed twice, and after how many seconds another worker
claimed the request of a worker that had stopped reporting.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from counsel_serve import free_port
from result_file import ResultFile, add_out_option

from counsel_leaderboard.runners.worker.client import Server, ServerUnavailableError

SERVE = """
import os, sys, uvicorn
from pathlib import Path
from fastapi import FastAPI
from counsel_leaderboard.leaderboard.api import Settings, routes
from counsel_leaderboard.leaderboard.store.database import Store
with Store.open(Path(os.environ["COUNSEL_HOME"])) as store:
    app = FastAPI()
    app.include_router(routes(store, Settings.from_environment()))
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""
WORKER, HOST = "worker-token-0123456789abcdefghi", "admin-token-0123456789abcdefghij"


def wait_until_ready(server: Server) -> None:
    """Wait until the server answers."""
    for _ in range(300):
        try:
            server.call("GET", "/queue")
            return
        except ServerUnavailableError:
            time.sleep(0.2)
    raise SystemExit("the server did not come up")


def submit(server: Server, number: int) -> str:
    """Submit a request that differs from the others by its limit; its id."""
    body = {"model": "control/letter-a", "submitter": "host", "tasks": ["counsel_stigma"], "limit": number + 1}
    return str(server.call("POST", "/submissions", json=body)["request"]["id"])


def work(url: str, name: str, claims: list[tuple[str, float, float]]) -> None:
    """Claim requests, send a heartbeat and end them until none waits; adds (request, seconds of the claim, seconds in all)."""
    server = Server(url, WORKER)
    while True:
        start = time.perf_counter()
        claim = server.claim({"worker": name, "engines": ["control"]})
        claimed = time.perf_counter() - start
        if claim is None:
            return
        spec_id, lease = claim["request"]["id"], claim["lease"]
        server.heartbeat(spec_id, lease, {"stage": "answering", "done": 1, "total": 2})
        server.fail(spec_id, lease, "model_unknown", "")  # a reason after which the request is not queued again
        claims.append((spec_id, claimed, time.perf_counter() - start))


def measure_claims(url: str, host: Server, requests: int, workers: int, results: ResultFile) -> None:
    """Submit the requests, let the workers claim them, and report the times."""
    ids = [submit(host, number) for number in range(requests)]
    claims: list[tuple[str, float, float]] = []
    threads = [threading.Thread(target=work, args=(url, f"w{number}", claims)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [spec_id for spec_id, _, _ in claims]
    twice, never = len(taken) - len(set(taken)), len(set(ids) - set(taken))
    results.text(f"{len(taken)} claims of {requests} requests by {workers} workers; {twice} claimed twice, {never} never.")
    results.table("step", "median, ms", "p95, ms", "longest, ms")
    for name, index in (("claim", 1), ("claim, heartbeat and end", 2)):
        times = sorted(1000 * claim[index] for claim in claims)
        middle, late = times[len(times) // 2], times[int(len(times) * 0.95)]
        results.row(name, f"{middle:.1f}", f"{late:.1f}", f"{times[-1]:.1f}")


def measure_lost_lease(url: str, host: Server, lease: float, results: ResultFile) -> None:
    """Claim a request and send no heartbeat; the time until another worker has the request."""
    submit(host, 10_000)
    silent, other = Server(url, WORKER), Server(url, WORKER)
    assert silent.claim({"worker": "silent", "engines": ["control"]}) is not None
    start = time.perf_counter()
    while other.claim({"worker": "other", "engines": ["control"]}) is None:
        time.sleep(0.1)
    waited = time.perf_counter() - start
    results.text(f"Another worker claimed the request of a silent worker after {waited:.1f} s; the lease was {lease:g} s.")


def main() -> None:
    """Start a server with its own home, measure, and stop it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lease", type=float, default=3)
    add_out_option(parser, __file__)
    args = parser.parse_args()
    results = ResultFile("The cost of the queue", args.out)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        env = {
            **os.environ,
            "COUNSEL_HOME": str(Path(home)),
            "COUNSEL_WORKER_TOKEN": "worker" * 3 + "-0123456789abcdef",
            "COUNSEL_ADMIN_TOKEN": "host" * 4 + "-0123456789abcdef",
        }
        env |= {"COUNSEL_LEASE_SECONDS": f"{args.lease:g}", "COUNSEL_JUDGE": "none"}
        process = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], env=env)
        try:
            host = Server(url, HOST)
            wait_until_ready(host)
            measure_claims(url, host, args.requests, args.workers, results)
            measure_lost_lease(url, host, args.lease, results)
            results.write()
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
