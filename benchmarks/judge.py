"""Judging throughput: our client against the same prompts sent straight to the same server, and against one call at a time.

    python benchmarks/judge.py --embedded [--items 32] [--concurrency 8] [--rounds 2]
    python benchmarks/judge.py --url http://127.0.0.1:8000/v1 --model NAME
    python benchmarks/judge.py --stand-in 20        # a server in this process that answers after 20 ms

Servers keep the prompts that they have read, which must not help one way more than another. `--embedded` starts the embedded
engine anew for every pass, so each reads everything itself. A server at `--url` is asked everything once before it is measured,
and then judges replies that are new in every pass, in conversations that it knows. Prints calls a second and their ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import httpx
from aiohttp import web

from counsel_leaderboard import registry
from counsel_leaderboard.runners.models import demo_model
from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.counsel_psyllm.task import PLAN, from_rows
from counsel_leaderboard.tasks.judge.client import MAX_TOKENS, Client
from counsel_leaderboard.tasks.judge.prompts import Question
from counsel_leaderboard.tasks.judge.settings import Judge

TIMEOUT_S = 600


def questions(count: int, salt: str) -> list[Question]:
    """Judge prompts over the open cases, in the order of a run; judged are the reference replies, with a salt after each."""
    docs = from_rows(registry.load("open-psyllm").rows, "open-psyllm")
    found = [PLAN.questions(doc, clean(f"{doc['target']} {salt}".strip()))[0] for doc in docs]
    return (found * (count // len(found) + 1))[:count]


async def straight(judge: Judge, asked: list[Question], at_a_time: int) -> int:
    """The same request bodies, sent without any of our client; how many came back with a text."""
    gate = asyncio.Semaphore(at_a_time)
    async with httpx.AsyncClient(timeout=judge.timeout_s, limits=httpx.Limits(max_connections=at_a_time)) as http:

        async def one(question: Question) -> bool:
            form = {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": question.schema}}
            body = {"model": judge.model, "messages": question.messages, "temperature": 0, "max_tokens": MAX_TOKENS}
            async with gate:
                response = await http.post(f"{judge.url}/chat/completions", json=body | {"response_format": form})
            return bool(response.json()["choices"][0]["message"]["content"])

        return sum(await asyncio.gather(*(one(question) for question in asked)))


async def ours(judge: Judge, asked: list[Question]) -> int:
    """Our client without its cache; how many verdicts it read."""
    outcomes = await Client(judge, None).ask(asked)
    return sum(outcome.state == "judged" for outcome in outcomes)


async def timed(name: str, count: int, work: Awaitable[int]) -> float:
    """Calls a second of one pass."""
    begun = time.perf_counter()
    good = await work
    rate = count / (time.perf_counter() - begun)
    print(f"{name:>28}: {rate:7.2f} calls/s, {good}/{count} answered", flush=True)
    return rate


async def measure(serving: Callable[[], AbstractContextManager[Judge]], salted: bool, count: int, rounds: int) -> None:
    """All passes in turn, each over the same conversations, and the ratios of their best rates."""
    best: dict[str, float] = {}
    ways: dict[str, Callable[[Judge, list[Question]], Awaitable[int]]] = {
        "straight": lambda judge, asked: straight(judge, asked, judge.concurrency),
        "ours": ours,
        "one at a time": lambda judge, asked: straight(judge, asked, 1),
    }
    for number in range(rounds):
        for name, way in ways.items():
            asked = questions(count, f"{name} {number}" if salted else "")
            with serving() as judge:
                best[name] = max(best.get(name, 0.0), await timed(name, count, way(judge, asked)))
    print(
        json.dumps({"to straight": best["ours"] / best["straight"], "to one at a time": best["ours"] / best["one at a time"]})
    )


@contextmanager
def embedded(concurrency: int) -> Iterator[Judge]:
    """The embedded engine, started for this pass alone."""
    with demo_model().serve() as served:
        yield Judge(served.base_url, served.model, concurrency=concurrency, timeout_s=TIMEOUT_S)


async def stand_in(delay_ms: float, port: int) -> web.AppRunner:
    """A server that signs every verdict after a delay."""

    async def handle(request: web.Request) -> web.Response:
        properties = (await request.json())["response_format"]["json_schema"]["schema"]["properties"]
        verdict = {name: rule["enum"][0] if "enum" in rule else "Because." for name, rule in properties.items()}
        await asyncio.sleep(delay_ms / 1000)
        return web.json_response({"choices": [{"message": {"content": json.dumps(verdict)}}]})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


async def main() -> None:
    """Read the arguments, measure, stop what was started."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    server = parser.add_mutually_exclusive_group(required=True)
    server.add_argument("--embedded", action="store_true")
    server.add_argument("--url")
    server.add_argument("--stand-in", type=float, metavar="MS")
    parser.add_argument("--model", default="judge")
    parser.add_argument("--items", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--port", type=int, default=18123, help="of the stand-in")
    args = parser.parse_args()
    if args.embedded:
        await measure(lambda: embedded(args.concurrency), False, args.items, args.rounds)
        return
    runner = await stand_in(args.stand_in, args.port) if args.stand_in is not None else None
    url = f"http://127.0.0.1:{args.port}/v1" if runner else args.url
    judge = Judge(url, args.model, concurrency=args.concurrency, timeout_s=TIMEOUT_S)
    await timed("before, not counted", args.items, straight(judge, questions(args.items, ""), args.concurrency))
    await measure(lambda: nullcontext(judge), True, args.items, args.rounds)
    if runner:
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
