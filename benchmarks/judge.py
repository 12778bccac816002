"""Throughput of the judge's client, beside the same prompts sent directly to the same server, and sent one at a time.

    python benchmarks/judge.py --embedded [--items 32] [--concurrency 8] [--rounds 2]
    python benchmarks/judge.py --url http://127.0.0.1:8000/v1 --model NAME
    python benchmarks/judge.py --stand-in 20        # a server in this process that answers after 20 ms

Servers cache the prompts that they have read, and no way of asking may profit from that more than another. `--embedded` starts
the embedded engine anew for every pass, so that each pass reads everything. A server at `--url` gets all prompts once before it
is measured; each pass then asks about new replies in the same conversations.
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
from result_file import ResultFile, add_out_option

from counsel_leaderboard import registry
from counsel_leaderboard.runners.models import demo_model
from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.counsel_psyllm.task import PLAN, from_rows
from counsel_leaderboard.tasks.judge.client import MAX_TOKENS, Client
from counsel_leaderboard.tasks.judge.prompts import Question
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint

TIMEOUT_S = 600


def questions(count: int, salt: str) -> list[Question]:
    """Judge prompts over the open cases, in the order of a run; the replies to judge are the references with `salt` added."""
    docs = from_rows(registry.load("open-psyllm").rows, "open-psyllm")
    prompts = [PLAN.questions(doc, clean(f"{doc['target']} {salt}".strip()))[0] for doc in docs]
    return (prompts * (count // len(prompts) + 1))[:count]


async def direct(judge: JudgeEndpoint, prompts: list[Question], at_a_time: int) -> int:
    """Send the same request bodies without our client; the number of answers that have a text."""
    gate = asyncio.Semaphore(at_a_time)
    async with httpx.AsyncClient(timeout=judge.timeout_s, limits=httpx.Limits(max_connections=at_a_time)) as http:

        async def ask(question: Question) -> bool:
            form = {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": question.schema}}
            body = {"model": judge.model, "messages": question.messages, "temperature": 0, "max_tokens": MAX_TOKENS}
            async with gate:
                response = await http.post(f"{judge.url}/chat/completions", json=body | {"response_format": form})
            return bool(response.json()["choices"][0]["message"]["content"])

        return sum(await asyncio.gather(*(ask(question) for question in prompts)))


async def ours(judge: JudgeEndpoint, prompts: list[Question]) -> int:
    """Ask with our client, without its cache; the number of verdicts that it could read."""
    outcomes = await Client(judge, None).ask(prompts)
    return sum(outcome.state == "judged" for outcome in outcomes)


async def timed(name: str, count: int, work: Awaitable[int], results: ResultFile) -> float:
    """Calls per second of one pass."""
    start = time.perf_counter()
    answered = await work
    rate = count / (time.perf_counter() - start)
    results.row(name, f"{rate:.2f}", f"{answered} of {count}")
    return rate


async def measure(
    serving: Callable[[], AbstractContextManager[JudgeEndpoint]], salted: bool, count: int, rounds: int, results: ResultFile
) -> None:
    """All passes in turn, each over the same conversations, and the ratios of their best rates."""
    best: dict[str, float] = {}
    ways: dict[str, Callable[[JudgeEndpoint, list[Question]], Awaitable[int]]] = {
        "direct": lambda judge, prompts: direct(judge, prompts, judge.concurrency),
        "ours": ours,
        "one at a time": lambda judge, prompts: direct(judge, prompts, 1),
    }
    for number in range(rounds):
        for name, way in ways.items():
            prompts = questions(count, f"{name} {number}" if salted else "")
            with serving() as judge:
                best[name] = max(best.get(name, 0.0), await timed(name, count, way(judge, prompts), results))
    ratios = {name: best["ours"] / best[name] for name in ("direct", "one at a time")}
    results.text(f"Best rate of our client beside direct requests: {ratios['direct']:.2f}; beside one at a time: "
                 f"{ratios['one at a time']:.2f}.")  # fmt: skip


@contextmanager
def embedded(concurrency: int) -> Iterator[JudgeEndpoint]:
    """The embedded engine, started for this pass alone."""
    with demo_model().serve() as served:
        yield JudgeEndpoint(served.base_url, served.model, concurrency=concurrency, timeout_s=TIMEOUT_S)


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
    parser.add_argument("--port", type=int, default=18123, help="port of the stand-in server")
    add_out_option(parser, __file__)
    args = parser.parse_args()
    results = ResultFile("Throughput of the judge's client", args.out)
    results.table("way", "calls per second", "answered")
    if args.embedded:
        await measure(lambda: embedded(args.concurrency), False, args.items, args.rounds, results)
        results.write()
        return
    runner = await stand_in(args.stand_in, args.port) if args.stand_in is not None else None
    url = f"http://127.0.0.1:{args.port}/v1" if runner else args.url
    judge = JudgeEndpoint(url, args.model, concurrency=args.concurrency, timeout_s=TIMEOUT_S)
    await timed("before, not counted", args.items, direct(judge, questions(args.items, ""), args.concurrency), results)
    await measure(lambda: nullcontext(judge), True, args.items, args.rounds, results)
    results.write()
    if runner:
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
