"""The cost of our path: the same prompts through lm_eval and the proxy, and directly to the same server.

    python benchmarks/overhead.py [MODEL] [--url URL] [--task NAME] [--limit N] [--rounds N]

One server stays up for the whole script. A first pass through our path warms it up and records the bodies that lm_eval sends.
Then each round times both ways once, in alternating order: `ours` is the real command (lm_eval as a child process, an empty
response cache, the proxy), `direct` sends the recorded bodies, in their order and at the same concurrency, with an HTTP client.

Generation is timed from the first request to the last answer: for `ours` as the proxy sees them, for `direct` as the client
does. This excludes what happens before the first prompt (lm_eval's import, building the tasks) and after the last answer
(scoring). It includes all that could slow the server down: lm_eval's own request loop, its cache, the proxy, and the harness
that watches them on the same cores. The proxy's clock misses the way of the first request from lm_eval and of the last answer
back, about a millisecond each.

The ratio is the sum of our times over the sum of the direct times; the target with a real model is at most 1.15. With a control
(`control/letter-a`), which answers at once, the ratio means nothing; the difference is the cost of a request.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from aiohttp import web
from result_file import ResultFile, add_out_option

from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.runners.engines import Served
from counsel_leaderboard.runners.harness import proxy
from counsel_leaderboard.runners.harness.lm_eval import Harness
from counsel_leaderboard.runners.models import DEMO, resolve

TARGET = 1.15


@dataclass
class Recording:
    """The bodies of the requests in order, the times of the first request and the last answer in seconds of one clock, and the
    number of tokens in the answers."""

    bodies: list[bytes] = field(default_factory=list)
    first: float | None = None
    last: float = 0.0
    tokens: int = 0

    def request_received(self, body: bytes) -> None:
        """Record a request."""
        self.first = time.perf_counter() if self.first is None else self.first
        self.bodies.append(body)

    def answer_sent(self) -> None:
        """Record an answer."""
        self.last = time.perf_counter()

    @property
    def seconds(self) -> float:
        """From the first request to the last answer."""
        if self.first is None:
            raise SystemExit("no request was sent; there is nothing to measure.")
        return self.last - self.first


def ours(served: Served, task: str, limit: int, work: Path) -> Recording:
    """One run of the real command against `served`; `work` must be empty, or answers come from its cache."""
    recording = Recording()
    # The proxy has no hook for a clock, because only this script needs one; the forwarder is the only class to extend.
    plain = proxy._Forwarder

    class Timed(plain):  # type: ignore[misc, valid-type]
        async def chat(self, request: web.Request) -> web.Response:
            recording.request_received(
                await request.read()
            )  # aiohttp keeps the body, so reading it here costs the proxy nothing later
            response: web.Response = await super().chat(request)
            recording.answer_sent()
            return response

    proxy._Forwarder = Timed  # type: ignore[misc]
    try:
        with proxy.running_proxy(served) as running:
            Harness(work, [catalog()[task]], limit=limit).run(running, served, lambda _done, _total: None)
    finally:
        proxy._Forwarder = plain  # type: ignore[misc]
    if running.traffic.failed:
        raise SystemExit(f"{running.traffic.failed} requests failed ({running.traffic.failures[0]}); the times mean nothing.")
    recording.tokens = running.traffic.completion_tokens
    return recording


def direct(served: Served, bodies: Sequence[bytes]) -> Recording:
    """The same bodies from a plain HTTP client, `served.parallel` at a time."""
    recording, key = Recording(), os.environ.get(served.api_key_env or "", "").strip()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}

    async def ask(session: aiohttp.ClientSession, turn: asyncio.Semaphore, body: bytes) -> Any:
        async with turn:
            recording.request_received(body)
            async with session.post(served.chat_url, data=body, headers=headers) as response:
                response.raise_for_status()
                answer = await response.json()
            recording.answer_sent()
            return answer

    async def ask_all() -> None:
        timeout = aiohttp.ClientTimeout(total=proxy.REQUEST_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
            turn = asyncio.Semaphore(served.parallel)
            await asyncio.gather(*(ask(session, turn, body) for body in bodies))

    asyncio.run(ask_all())
    return recording


def measure(served: Served, task: str, limit: int, rounds: int, work: Path, results: ResultFile) -> tuple[float, float, int]:
    """The seconds of our way and of the direct way over all rounds, and the number of requests of each."""
    bodies = ours(served, task, limit, work / "warm").bodies
    results.text(f"{len(bodies)} requests of {task}, {served.parallel} at a time; {rounds} rounds.")
    results.table("round", "ours, s", "direct, s", "ratio")
    our_seconds = direct_seconds = 0.0
    for number in range(rounds):
        ways = {"ours": partial(ours, served, task, limit, work / str(number)), "direct": partial(direct, served, bodies)}
        order = sorted(ways, reverse=number % 2 == 1)
        taken = {way: ways[way]() for way in order}
        if sorted(taken["ours"].bodies) != sorted(bodies):
            raise SystemExit("the two ways did not send the same prompts; the times cannot be compared.")
        a, b = taken["ours"].seconds, taken["direct"].seconds
        results.row(number + 1, f"{a:.2f}", f"{b:.2f}", f"{a / b:.3f}")
        our_seconds, direct_seconds = our_seconds + a, direct_seconds + b
    return our_seconds, direct_seconds, rounds * len(bodies)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default=DEMO)
    parser.add_argument("--url")
    parser.add_argument("--task", default="counsel_stigma")
    parser.add_argument("--limit", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=4)
    add_out_option(parser, __file__)
    args = parser.parse_args()
    results = ResultFile("The cost of lm_eval and the proxy", args.out)
    with TemporaryDirectory(prefix="counsel-overhead-") as work, resolve(args.model, args.url).serve() as served:
        ours_s, direct_s, requests = measure(served, args.task, args.limit, args.rounds, Path(work), results)
    per_request = (ours_s - direct_s) / requests * 1000
    results.text(f"Ratio {ours_s / direct_s:.3f} (target {TARGET} with a real model); {per_request:+.1f} ms per request.")
    results.write()


if __name__ == "__main__":
    main()
