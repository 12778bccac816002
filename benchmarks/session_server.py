"""The cost of the session server: against the bare engine, and how many sessions two cores play.

    python benchmarks/session_server.py [--latency SECONDS] [--sessions N] [--turns N]

A stand-in engine on loopback answers after `--latency` seconds. *Overhead*: 8 sessions beside each other through the
server, over the same number of turns asked directly, 8 at a time, in alternating order; the target is at most 1.05.
*Load*: `--sessions` sessions with an engine that answers at once; the target for 200 sessions of 15 turns is 60 s and 1
GiB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from aiohttp import web
from result_file import ResultFile, add_out_option

from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.runners.sessions.session_request import read_request
from counsel_leaderboard.runners.sessions.session_server import ModelAddress, ServerPlan, session_server

BESIDE = 8
TURNS = (
    "It sounds as if the nights are long for you. What keeps you awake?",
    "You carry that alone. What does your family know about it?",
    "What is the hardest part of this for you?",
    "You sound tired of it, and ashamed too. What happened at work?",
    "Are you having thoughts of suicide?",
    "You should rest more. Have you tried to write it down?",
)


async def engine(latency: float) -> tuple[web.AppRunner, str]:
    """A stand-in that answers after `latency` seconds; its texts differ by session and turn."""

    async def chat(request: web.Request) -> web.Response:
        body: dict[str, Any] = await request.json()
        turn = sum(message["role"] == "assistant" for message in body["messages"])
        if latency:
            await asyncio.sleep(latency)
        text = f"{TURNS[(turn + len(body['messages'][0]['content'])) % len(TURNS)]} I think of number {turn}."
        usage = {"prompt_tokens": 9, "completion_tokens": 20}
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        return web.json_response({"object": "chat.completion", "choices": [choice], "usage": usage})

    app = web.Application()
    app.add_routes([web.post("/v1/chat/completions", chat)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/v1"


async def through_server(url: str, stage: Stage, sessions: int, turns: int, beside: int) -> tuple[float, int]:
    """Seconds for all sessions through the server, and the counselor turns that they had."""
    clients = load_clients()
    # Sides of a fixed length would leave their room empty before the others end, which is no cost of the server.
    names = [name for name, card in clients.items() if card.kind == "hybrid"]
    with TemporaryDirectory() as folder:
        plan = ServerPlan(ModelAddress(url, "engine"), clients, stage, Path(folder), concurrent=beside)
        async with session_server(plan) as server:
            orders = [
                {"session": f"s{index}", "client": names[index % len(names)], "turns": turns} for index in range(sessions)
            ]
            requests = [
                read_request({"messages": [{"role": "user", "content": json.dumps(order)}]}, clients) for order in orders
            ]
            start = time.perf_counter()
            await asyncio.gather(*map(server.answer, requests))
            return time.perf_counter() - start, server.turns_done


async def directly(url: str, turns: int, beside: int) -> float:
    """Seconds for that many turns asked of the engine, `beside` at a time, each of those in order."""
    message = [{"role": "user", "content": "I sleep badly, that is all. And I get short with people."}]
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:

        async def strand(count: int) -> None:
            for _ in range(count):
                answer = await http.post(f"{url}/chat/completions", json={"model": "engine", "messages": message})
                answer.raise_for_status()

        start = time.perf_counter()
        await asyncio.gather(*(strand(turns // beside) for _ in range(beside)))
        return time.perf_counter() - start


async def measure(options: argparse.Namespace, results: ResultFile) -> None:
    """Both measurements."""
    stage = Stage()
    slow, url = await engine(options.latency)
    await through_server(url, stage, BESIDE, 2, BESIDE)  # embeds the scripts, once on a machine
    ours = direct = 0.0
    for _ in range(options.rounds):
        seconds, turns = await through_server(url, stage, BESIDE, options.turns, BESIDE)
        ours += seconds
        direct += await directly(url, turns, BESIDE)
    await slow.cleanup()
    results.table("measurement", "value")
    results.row(
        "latency of the engine, s; rounds; sessions beside each other; turns",
        f"{options.latency:g}; {options.rounds}; {BESIDE}; {options.turns}",
    )
    results.row("time through the server over time directly (target 1.05)", f"{ours / direct:.3f}")
    fast, url = await engine(0.0)
    cpu = time.process_time()
    seconds, turns = await through_server(url, stage, options.sessions, options.turns, BESIDE)
    cpu = time.process_time() - cpu
    await fast.cleanup()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results.row(
        f"{options.sessions} sessions, {turns} counselor turns, engine without latency, s (target 60)", f"{seconds:.1f}"
    )
    results.row("CPU time of that, engine and server together, s; ms a counselor turn", f"{cpu:.1f}; {1000 * cpu / turns:.1f}")
    results.row("largest memory of the process, engine and server together, MiB (target 1024)", f"{memory:.0f}")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, default=3.0)  # 150 tokens at 50 a second
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--turns", type=int, default=15)
    add_out_option(parser, __file__)
    options = parser.parse_args()
    results = ResultFile("The cost of the session server", options.out)
    asyncio.run(measure(options, results))
    results.write()


if __name__ == "__main__":
    main()
