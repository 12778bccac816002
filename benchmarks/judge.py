"""Judging throughput: our client against the same prompts sent straight to the same server, and against one call at a time.

    python benchmarks/judge.py --url http://127.0.0.1:8000/v1 --model NAME [--items 32] [--concurrency 8] [--rounds 2]
    python benchmarks/judge.py --stand-in 20        # a server in this process that answers after 20 ms

Every pass judges the same conversations with a reply of its own, so that none profits from the server's prompt cache more than
another. Prints calls a second of each way and their ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import httpx
from aiohttp import web

import registry
from tasks.answers import clean
from tasks.counsel_psyllm.items import documents
from tasks.counsel_psyllm.score import PLAN
from tasks.judge.client import MAX_TOKENS, Client
from tasks.judge.prompts import Question
from tasks.judge.settings import Judge


def questions(count: int, salt: str) -> list[Question]:
    """Judge prompts over the open cases, with the reference reply and a salt as the text to be judged."""
    docs = documents(registry.load("open-psyllm").rows, "open-psyllm")
    found = [PLAN.questions(doc, clean(f"{doc['target']} ({salt})"))[0] for doc in docs]
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


async def timed(name: str, count: int, work: Callable[[], Awaitable[int]]) -> float:
    """Calls a second of one pass."""
    begun = time.perf_counter()
    good = await work()
    rate = count / (time.perf_counter() - begun)
    print(f"{name:>28}: {rate:7.2f} calls/s, {good}/{count} answered", flush=True)
    return rate


async def measure(judge: Judge, count: int, rounds: int) -> None:
    """All passes in turn, and the ratios of their best rates."""
    best: dict[str, float] = {}
    few = max(count // 4, 4)
    for number in range(rounds):
        ways: dict[str, tuple[int, Callable[[], Awaitable[int]]]] = {
            "straight": (count, lambda n=number: straight(judge, questions(count, f"s{n}"), judge.concurrency)),
            "ours": (count, lambda n=number: ours(judge, questions(count, f"o{n}"))),
            "one at a time": (few, lambda n=number: straight(judge, questions(few, f"a{n}"), 1)),
        }
        for name, (size, work) in ways.items():
            best[name] = max(best.get(name, 0.0), await timed(name, size, work))
    print(
        json.dumps({"to straight": best["ours"] / best["straight"], "to one at a time": best["ours"] / best["one at a time"]})
    )


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
    parser.add_argument("--url")
    parser.add_argument("--model", default="judge")
    parser.add_argument("--items", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--stand-in", type=float, metavar="MS")
    parser.add_argument("--port", type=int, default=18123)
    args = parser.parse_args()
    runner = await stand_in(args.stand_in, args.port) if args.stand_in is not None else None
    url = f"http://127.0.0.1:{args.port}/v1" if runner else args.url
    if not url:
        parser.error("give --url or --stand-in")
    await measure(Judge(url, args.model, concurrency=args.concurrency, timeout_s=600), args.items, args.rounds)
    if runner:
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
