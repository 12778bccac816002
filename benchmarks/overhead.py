"""What our path costs: the same prompts through lm_eval and the relay, and straight to the same server.

    python benchmarks/overhead.py [MODEL] [--url URL] [--task NAME] [--limit N] [--rounds N]

One server stays up for the whole script. A first pass through our path warms it up and records the bodies that lm_eval sends.
Then each round times both ways once, in turn first and second: `ours` is the real command (lm_eval as a child process, fresh
answer cache, relay), `straight` sends the recorded bodies, in their order and at the same concurrency, with a bare HTTP client.

Generation is timed from the first request to the last answer: for `ours` as the relay sees them, for `straight` as the client
does. That leaves out what comes before any prompt is sent, lm_eval's import and the building of the tasks, and what comes
after the last answer, the scoring. It leaves in all that could slow the server's work down: lm_eval's own request loop, its
cache, the relay, and the harness that watches them on the same cores. The relay's clock misses the way of the first request
from lm_eval and of the last answer back, about a millisecond each.

The ratio is the sum of our times over the sum of the straight ones; the target with a real model is at most 1.15. With a
control (`control/letter-a`), which answers in no time at all, the ratio says nothing; the difference is what a request costs.
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

from counsel_leaderboard.runners.engines import Served
from counsel_leaderboard.runners.harness import proxy as relays
from counsel_leaderboard.runners.harness.lm_eval import Harness
from counsel_leaderboard.runners.models import DEMO, resolve

TARGET = 1.15


@dataclass
class Watch:
    """When requests came and answers went, in seconds of one clock, the bodies in the order in which they came, and the
    tokens of our way's answers."""

    bodies: list[bytes] = field(default_factory=list)
    first: float | None = None
    last: float = 0.0
    tokens: int = 0

    def came(self, body: bytes) -> None:
        """Note a request."""
        self.first = time.perf_counter() if self.first is None else self.first
        self.bodies.append(body)

    def went(self) -> None:
        """Note an answer."""
        self.last = time.perf_counter()

    @property
    def seconds(self) -> float:
        """From the first request to the last answer."""
        if self.first is None:
            raise SystemExit("no request was made; there is nothing to measure.")
        return self.last - self.first


def ours(served: Served, task: str, limit: int, work: Path) -> Watch:
    """One run of the real command against `served`; `work` must be fresh, or answers come from its cache."""
    watch = Watch()
    # The relay has no hook for a clock, since nothing but this script needs one; the forwarder is its one seam.
    plain = relays._Forwarder

    class Timed(plain):  # type: ignore[misc, valid-type]
        async def chat(self, request: web.Request) -> web.Response:
            watch.came(await request.read())  # aiohttp keeps the body, so reading it here costs the relay nothing later
            response: web.Response = await super().chat(request)
            watch.went()
            return response

    relays._Forwarder = Timed  # type: ignore[misc]
    try:
        with relays.relayed(served) as relay:
            Harness(work, [task], limit=limit).run(relay, served, lambda _done, _total: None)
    finally:
        relays._Forwarder = plain  # type: ignore[misc]
    if relay.traffic.failed:
        raise SystemExit(f"{relay.traffic.failed} requests failed ({relay.traffic.failures[0]}); the times mean nothing.")
    watch.tokens = relay.traffic.completion_tokens
    return watch


def straight(served: Served, bodies: Sequence[bytes]) -> Watch:
    """The same bodies from a bare client, `served.parallel` at a time."""
    watch, key = Watch(), os.environ.get(served.api_key_env or "", "").strip()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}

    async def ask(session: aiohttp.ClientSession, turn: asyncio.Semaphore, body: bytes) -> Any:
        async with turn:
            watch.came(body)
            async with session.post(served.chat_url, data=body, headers=headers) as response:
                response.raise_for_status()
                answer = await response.json()
            watch.went()
            return answer

    async def ask_all() -> None:
        timeout = aiohttp.ClientTimeout(total=relays.REQUEST_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
            turn = asyncio.Semaphore(served.parallel)
            await asyncio.gather(*(ask(session, turn, body) for body in bodies))

    asyncio.run(ask_all())
    return watch


def measure(served: Served, task: str, limit: int, rounds: int, work: Path) -> tuple[float, float, int]:
    """Seconds of our way and of the straight one over all rounds, and how many requests each made."""
    bodies = ours(served, task, limit, work / "warm").bodies
    print(f"{len(bodies)} requests, {served.parallel} at a time, of {task}; {rounds} rounds", flush=True)
    mine = bare = 0.0
    for number in range(rounds):
        ways = {"ours": partial(ours, served, task, limit, work / str(number)), "straight": partial(straight, served, bodies)}
        order = sorted(ways, reverse=number % 2 == 1)
        taken = {way: ways[way]() for way in order}
        if sorted(taken["ours"].bodies) != sorted(bodies):
            raise SystemExit("the two ways did not send the same prompts; the times cannot be compared.")
        a, b = taken["ours"].seconds, taken["straight"].seconds
        print(f"round {number + 1}: ours {a:.2f} s, straight {b:.2f} s, ratio {a / b:.3f}", flush=True)
        mine, bare = mine + a, bare + b
    return mine, bare, rounds * len(bodies)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default=DEMO)
    parser.add_argument("--url")
    parser.add_argument("--task", default="counsel_stigma")
    parser.add_argument("--limit", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=4)
    args = parser.parse_args()
    with TemporaryDirectory(prefix="counsel-overhead-") as work, resolve(args.model, args.url).serve() as served:
        mine, bare, requests = measure(served, args.task, args.limit, args.rounds, Path(work))
    print(f"ratio {mine / bare:.3f} (target {TARGET} with a real model); {(mine - bare) / requests * 1000:+.1f} ms a request")


if __name__ == "__main__":
    main()
