"""Puts readers and submitters at a real `counsel serve`: errors, and the median and 95th percentile of each route.

    python benchmarks/api_load.py --home DIR [--runs 48] [--samples 2700] [--readers 100] [--submitters 10] [--seconds 60]

Run folders are created under DIR unless they exist (`--build` ends after that) and stored by `counsel rebuild`. A small server
behind HF_ENDPOINT answers like the Hub, so each submission includes the real client's calls. A reader asks for one route after
another, with a pause of about `--pause` seconds in between; a submitter sends a new model, then reads the request. Server,
clients and Hub are three processes that share the machine's cores. The aim on 2 cores: no error, p95 of reads under 500 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from counsel_serve import API, COUNSEL, peak_mib, serving
from result_file import ResultFile, add_out_option
from store_home import fill

from tests.support.fake_hub import FakeHub, FakeModel, running

LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None)


class AnyModel(dict[str, FakeModel]):
    """A Hub that has every model of one author."""

    def get(self, key: str, default: FakeModel | None = None) -> FakeModel | None:  # type: ignore[override]
        return self.setdefault(key, FakeModel()) if key.startswith("org/") else default


@dataclass
class Measurements:
    """The milliseconds of each call by route, and the errors."""

    milliseconds: defaultdict[str, list[float]] = field(default_factory=partial(defaultdict, list))
    errors: list[str] = field(default_factory=list)

    async def ask(self, client: httpx.AsyncClient, route: str, method: str, path: str, **call: object) -> httpx.Response | None:
        """One timed call, its body read to the end."""
        begin = time.perf_counter()
        try:
            answer = await client.request(method, f"{API}{path}", **call)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            self.errors.append(f"{route}: {type(error).__name__} {error} after {time.perf_counter() - begin:.3f} s")
            return None
        self.milliseconds[route].append((time.perf_counter() - begin) * 1000)
        if answer.status_code >= 400:
            self.errors.append(f"{route}: {answer.status_code} {answer.text[:200]}")
        return answer


def main() -> None:
    """Create the home, start the Hub and the server, put load on them, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="a folder of this benchmark's own")
    for name, default in (("runs", 48), ("samples", 2700), ("readers", 100), ("submitters", 10), ("seconds", 60)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--pause", type=float, default=1.0, help="mean seconds between two calls of a reader or submitter")
    parser.add_argument("--build", action="store_true", help="create and store the run folders, then end")
    add_out_option(parser, __file__)
    options = parser.parse_args()
    home = options.home / f"load-{options.runs}"
    build(home, options.runs, options.samples)
    if options.build:
        return
    with running() as hub, serving(home, server_settings(hub)) as (address, server):
        results = ResultFile("Load on the API", options.out)
        results.text(
            f"{options.runs} runs of {options.samples} samples; {options.readers} readers, {options.submitters} submitters, "
            f"{options.seconds} s, a pause of {options.pause} s between calls."
        )
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as clients:
            measured = clients.submit(run_clients, address, options).result()
        report(measured, options.seconds, results)
        results.text(f"The server's memory peaked at {peak_mib(server)} MiB.")
        results.write()


def build(home: Path, runs: int, samples: int) -> None:
    if (home / "counsel.duckdb").exists():
        return
    fill(home, runs, samples)
    subprocess.run([COUNSEL, "rebuild"], check=True, env={**os.environ, "COUNSEL_HOME": str(home)}, stderr=subprocess.DEVNULL)


def server_settings(hub: FakeHub) -> dict[str, str]:
    """The server's environment variables: its Hub is `hub`, and quotas do not limit the submitters."""
    hub.models = AnyModel()
    endpoint = f"http://127.0.0.1:{hub.server.server_address[1]}"
    quotas = {f"COUNSEL_QUOTA_{whose}": "1000000" for whose in ("PERSON", "ADDRESS")}
    return {
        "COUNSEL_CONNECTIONS": "1000",
        "COUNSEL_CONNECTIONS_ADDRESS": "1000",
        "HF_ENDPOINT": endpoint,
        "COUNSEL_ADMISSION": "automatic",
        **quotas,
    }


def run_clients(address: str, options: argparse.Namespace) -> Measurements:
    """All readers and submitters, to the end; in a process of their own."""
    return asyncio.run(load(address, options))


async def load(address: str, options: argparse.Namespace) -> Measurements:
    measured, until = Measurements(), time.monotonic() + options.seconds
    async with connected(address) as client:
        rows = (await client.get(f"{API}/leaderboard")).raise_for_status().json()
    models = {row["run_id"]: row["model"] for row in rows}
    readers = [reader(address, measured, until, options.pause, models, n) for n in range(options.readers)]
    submitters = [submitter(address, measured, until, options.pause, n) for n in range(options.submitters)]
    await asyncio.gather(*readers, *submitters)
    return measured


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=LIMITS, trust_env=False) as client:
        yield client


async def reader(address: str, measured: Measurements, until: float, pause: float, models: dict[str, str], number: int) -> None:
    """Ask for random routes until the time is over. Every second reader stores the board's ETag, as browsers do."""
    rng, tags = random.Random(number), {}
    async with connected(address) as client:
        await asyncio.sleep(rng.uniform(0, pause))
        while time.monotonic() < until:
            run_id = rng.choice(list(models))
            route, path = rng.choice(reads(run_id, models[run_id]))
            headers = {"If-None-Match": tags[path]} if path in tags and number % 2 else {}
            answer = await measured.ask(client, f"GET {route}", "GET", path, headers=headers)
            if answer is not None and "etag" in answer.headers:
                tags[path] = answer.headers["etag"]
            await asyncio.sleep(rng.expovariate(1 / pause) if pause else 0)


def reads(run_id: str, model: str) -> list[tuple[str, str]]:
    """The routes that readers ask: a name for the report, and the path."""
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


async def submitter(address: str, measured: Measurements, until: float, pause: float, number: int) -> None:
    """Submits a new model each time, then reads its request."""
    rng, run = random.Random(1000 + number), time.time_ns() % 10**9
    async with connected(address) as client:
        for turn in range(10**6):
            if time.monotonic() >= until:
                return
            body = {"model": f"org/load-{run}-{number}-{turn}", "submitter": f"person-{number}", "tasks": ["counsel_stigma"]}
            answer = await measured.ask(client, "POST /submissions", "POST", "/submissions", json=body)
            if answer is not None and answer.status_code == 201:
                spec_id = answer.json()["request"]["id"]
                await measured.ask(client, "GET /submissions/ID", "GET", f"/submissions/{spec_id}")
            await asyncio.sleep(rng.expovariate(1 / pause) if pause else 0)


def report(measured: Measurements, seconds: int, results: ResultFile) -> None:
    """A row for each route, and the number of calls and errors."""
    reads = [value for route, values in measured.milliseconds.items() if route.startswith("GET") for value in values]
    results.table("route", "calls", "p50, ms", "p95, ms", "longest, ms")
    for route, values in [*sorted(measured.milliseconds.items()), ("all reads", reads)]:
        if values:
            results.row(route, len(values), f"{at(values, 0.5):.1f}", f"{at(values, 0.95):.1f}", f"{max(values):.1f}")
    calls = sum(map(len, measured.milliseconds.values()))
    results.text(f"{calls} calls, {calls / seconds:.0f} per second, {len(measured.errors)} errors.")
    for error in measured.errors[:10]:
        results.text(error)


def at(values: list[float], share: float) -> float:
    """The quantile of that share, by nearest rank."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()
