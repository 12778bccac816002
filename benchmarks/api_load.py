"""Readers and submitters at a real `counsel serve`: errors, and the median and 95th percentile of each route.

    python benchmarks/api_load.py --home DIR [--runs 48] [--samples 2700] [--readers 100] [--submitters 10] [--seconds 60]

Run folders are made under DIR first where they are not there (`--build` ends then) and stored by `counsel rebuild`. The Hub is
a small server with its response shapes behind HF_ENDPOINT, so each submission pays for the real client's calls. A reader asks
for one route after the other with a pause of about `--pause` seconds in between; a submitter sends a new model, then reads its
request. Server, clients and Hub are three processes that share the machine's cores. The aim on 2 cores: no error, p95 under
500 ms for reads.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.store_home import fill
from tests.support.fake_hub import FakeHub, FakeModel, running

COUNSEL = Path(sys.executable).with_name("counsel")
API = "/api/v1"
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None)


class AnyModel(dict[str, FakeModel]):
    """A Hub that has every model of one author."""

    def get(self, key: str, default: FakeModel | None = None) -> FakeModel | None:  # type: ignore[override]
        return self.setdefault(key, FakeModel()) if key.startswith("org/") else default


@dataclass
class Seen:
    """Milliseconds by route, and what went wrong."""

    took: defaultdict[str, list[float]] = field(default_factory=partial(defaultdict, list))
    errors: list[str] = field(default_factory=list)

    async def ask(self, client: httpx.AsyncClient, route: str, method: str, path: str, **call: object) -> httpx.Response | None:
        """One timed call, its body read to the end."""
        begin = time.perf_counter()
        try:
            answer = await client.request(method, f"{API}{path}", **call)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            self.errors.append(f"{route}: {type(error).__name__} {error} after {time.perf_counter() - begin:.3f} s")
            return None
        self.took[route].append((time.perf_counter() - begin) * 1000)
        if answer.status_code >= 400:
            self.errors.append(f"{route}: {answer.status_code} {answer.text[:200]}")
        return answer


def main() -> None:
    """Make the home, start the Hub and the server, load them, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="a folder of this benchmark's own")
    for name, default in (("runs", 48), ("samples", 2700), ("readers", 100), ("submitters", 10), ("seconds", 60)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--pause", type=float, default=1.0, help="mean seconds between two calls of a reader or submitter")
    parser.add_argument("--build", action="store_true", help="make and store the run folders and end")
    options = parser.parse_args()
    home = options.home / f"load-{options.runs}"
    build(home, options.runs, options.samples)
    if options.build:
        return
    with running() as hub, serving(home, hub) as address:
        print(f"{options.runs} runs of {options.samples} samples; {options.readers} readers, {options.submitters} submitters, "
              f"{options.seconds} s, a pause of {options.pause} s between calls", flush=True)  # fmt: skip
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as clients:
            seen = clients.submit(clients_of, address, options).result()
        tell(seen, options.seconds)


def build(home: Path, runs: int, samples: int) -> None:
    if (home / "counsel.duckdb").exists():
        return
    fill(home, runs, samples)
    subprocess.run([COUNSEL, "rebuild"], check=True, env={**os.environ, "COUNSEL_HOME": str(home)}, stderr=subprocess.DEVNULL)


@contextmanager
def serving(home: Path, hub: FakeHub) -> Iterator[str]:
    """The address of a server that is ready."""
    hub.models = AnyModel()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{hub.server.server_address[1]}"
    many = {f"COUNSEL_QUOTA_{whose}": "1000000" for whose in ("PERSON", "ADDRESS")}
    env = {**os.environ, "COUNSEL_HOME": str(home), "HF_ENDPOINT": endpoint, "COUNSEL_ADMISSION": "automatic", **many}
    server = subprocess.Popen([COUNSEL, "serve", "--port", str(port)], env=env)
    try:
        address = f"http://127.0.0.1:{port}"
        wait(address)
        yield address
        status = Path(f"/proc/{server.pid}/status").read_text()
        print("the server held", next(line.split(":")[1].strip() for line in status.splitlines() if line.startswith("VmHWM")))
    finally:
        server.terminate()
        server.wait()


def wait(address: str) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"{address}{API}/health/ready", timeout=60).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the server did not come up")


def clients_of(address: str, options: argparse.Namespace) -> Seen:
    """All readers and submitters, to the end; in a process of their own."""
    return asyncio.run(load(address, options))


async def load(address: str, options: argparse.Namespace) -> Seen:
    seen, until = Seen(), time.monotonic() + options.seconds
    async with opened(address) as client:
        rows = (await client.get(f"{API}/leaderboard")).raise_for_status().json()
    models = {row["run_id"]: row["model"] for row in rows}
    readers = [reader(address, seen, until, options.pause, models, n) for n in range(options.readers)]
    submitters = [submitter(address, seen, until, options.pause, n) for n in range(options.submitters)]
    await asyncio.gather(*readers, *submitters)
    return seen


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=LIMITS, trust_env=False) as client:
        yield client


async def reader(address: str, seen: Seen, until: float, pause: float, models: dict[str, str], number: int) -> None:
    """One route after the other, each reader beginning elsewhere. Every second one keeps the board's tag, as browsers do."""
    rng, tags = random.Random(number), {}
    async with opened(address) as client:
        await asyncio.sleep(rng.uniform(0, pause))
        while time.monotonic() < until:
            run_id = rng.choice(list(models))
            route, path = rng.choice(reads(run_id, models[run_id]))
            headers = {"If-None-Match": tags[path]} if path in tags and number % 2 else {}
            answer = await seen.ask(client, f"GET {route}", "GET", path, headers=headers)
            if answer is not None and "etag" in answer.headers:
                tags[path] = answer.headers["etag"]
            await asyncio.sleep(rng.expovariate(1 / pause) if pause else 0)


def reads(run_id: str, model: str) -> list[tuple[str, str]]:
    """The reading routes: what is shown of it, and the call."""
    return [
        ("/leaderboard json", "/leaderboard"),
        ("/leaderboard csv", "/leaderboard?format=csv"),
        ("/leaderboard parquet", "/leaderboard?format=parquet"),
        ("/queue", "/queue"),
        ("/runs?model", f"/runs?model={model}"),
        ("/runs/ID", f"/runs/{run_id}"),
        ("/runs/ID/samples", f"/runs/{run_id}/samples?task=counsel_stigma&order=worst"),
        ("/health/ready", "/health/ready"),
    ]


async def submitter(address: str, seen: Seen, until: float, pause: float, number: int) -> None:
    """A new model each time, then its request read."""
    rng, run = random.Random(1000 + number), time.time_ns() % 10**9
    async with opened(address) as client:
        for turn in range(10**6):
            if time.monotonic() >= until:
                return
            body = {"model": f"org/load-{run}-{number}-{turn}", "submitter": f"person-{number}", "tasks": ["counsel_stigma"]}
            answer = await seen.ask(client, "POST /submissions", "POST", "/submissions", json=body)
            if answer is not None and answer.status_code == 201:
                spec_id = answer.json()["request"]["id"]
                await seen.ask(client, "GET /submissions/ID", "GET", f"/submissions/{spec_id}")
            await asyncio.sleep(rng.expovariate(1 / pause) if pause else 0)


def tell(seen: Seen, seconds: int) -> None:
    reads = [took for route, all_took in seen.took.items() if route.startswith("GET") for took in all_took]
    for route, took in [*sorted(seen.took.items()), ("all reads", reads)]:
        print(f"{route:<26} n {len(took):>6}   p50 {at(took, 0.5):>8.1f} ms   p95 {at(took, 0.95):>8.1f} ms   "
              f"most {max(took):>8.1f} ms")  # fmt: skip
    calls = sum(map(len, seen.took.values()))
    print(f"{calls} calls, {calls / seconds:.0f} a second, {len(seen.errors)} errors")
    for error in seen.errors[:10]:
        print(" ", error)


def at(took: list[float], share: float) -> float:
    """That quantile, by nearest rank."""
    return sorted(took)[min(len(took) - 1, int(len(took) * share))]


if __name__ == "__main__":
    main()
