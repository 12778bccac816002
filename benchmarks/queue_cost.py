"""What the queue costs: claims a request through the API of a real server, two workers at once, and a lost worker's wait.

    python benchmarks/queue_cost.py [--requests 200] [--workers 2] [--lease 3]

Prints, in milliseconds, how long a claim takes beside the other worker (median, 95th percentile, longest), the whole overhead
of a request (claim, one heartbeat, end), whether any was claimed twice, and after how many seconds a request whose worker fell
silent was claimed by another.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from counsel_leaderboard.runners.worker.client import Server, ServerGoneError

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


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def patiently(server: Server) -> None:
    """Wait until the server answers."""
    for _ in range(300):
        try:
            server.call("GET", "/queue")
            return
        except ServerGoneError:
            time.sleep(0.2)
    raise SystemExit("the server did not come up")


def submit(server: Server, number: int) -> str:
    """One request that differs from the others by its limit."""
    body = {"model": "control/letter-a", "submitter": "host", "tasks": ["counsel_stigma"], "limit": number + 1}
    return str(server.call("POST", "/submissions", json=body)["request"]["id"])


def work(url: str, name: str, claims: list[tuple[str, float, float]]) -> None:
    """Claim, beat once and end until nothing waits; (request, seconds of the claim, seconds of all) each."""
    server = Server(url, "worker")
    while True:
        begun = time.perf_counter()
        found = server.claim({"worker": name, "engines": ["control"]})
        claimed = time.perf_counter() - begun
        if found is None:
            return
        spec_id, lease = found["request"]["id"], found["lease"]
        server.heartbeat(spec_id, lease, {"stage": "answering", "done": 1, "total": 2})
        server.fail(spec_id, lease, "model_unknown", "")  # an end that is not tried again
        claims.append((spec_id, claimed, time.perf_counter() - begun))


def exactly_once(url: str, host: Server, requests: int, workers: int) -> None:
    """Put the requests, let the workers take them, tell the times."""
    ids = [submit(host, number) for number in range(requests)]
    claims: list[tuple[str, float, float]] = []
    threads = [threading.Thread(target=work, args=(url, f"w{number}", claims)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [spec_id for spec_id, _, _ in claims]
    print(
        f"{len(taken)} claims of {requests} requests, {len(taken) - len(set(taken))} twice, {len(set(ids) - set(taken))} never"
    )
    for name, place in (("claim", 1), ("claim, heartbeat and end", 2)):
        times = sorted(1000 * claim[place] for claim in claims)
        middle, late = times[len(times) // 2], times[int(len(times) * 0.95)]
        print(f"{name}: median {middle:.1f} ms, p95 {late:.1f} ms, longest {times[-1]:.1f} ms")


def silent(url: str, host: Server, lease: float) -> None:
    """Claim and say no more; how long until another worker has the request."""
    submit(host, 10_000)
    lost, other = Server(url, "worker"), Server(url, "worker")
    assert lost.claim({"worker": "lost", "engines": ["control"]}) is not None
    begun = time.perf_counter()
    while other.claim({"worker": "other", "engines": ["control"]}) is None:
        time.sleep(0.1)
    print(f"a silent worker's request was claimed by another after {time.perf_counter() - begun:.1f} s, lease {lease:g} s")


def main() -> None:
    """Start a server with a home of its own, measure, stop it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lease", type=float, default=3)
    args = parser.parse_args()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "COUNSEL_HOME": str(Path(home)), "COUNSEL_WORKER_TOKEN": "worker", "COUNSEL_ADMIN_TOKEN": "host"}
        env |= {"COUNSEL_LEASE_SECONDS": f"{args.lease:g}", "COUNSEL_JUDGE": "none"}
        process = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], env=env)
        try:
            host = Server(url, "host")
            patiently(host)
            exactly_once(url, host, args.requests, args.workers)
            silent(url, host, args.lease)
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
