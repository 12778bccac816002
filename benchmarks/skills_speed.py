"""The time that the skills coder takes.

    python benchmarks/skills_speed.py

Importing the coder in a new process; loading the weights; coding 10,000 sentences of the open bank in texts of five, each
with the client's turn before. Beside the time that passed: the processor's, which other programs on the machine change less.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import time

from result_file import ResultFile, add_out_option

from counsel_leaderboard.registry.skills.coder import shipped_coder
from counsel_leaderboard.registry.sources.paths import OPEN

SENTENCES = 10_000
IN_A_TEXT = 5
IMPORT = """
import time
start = time.perf_counter()
import counsel_leaderboard.registry.skills.coder
print(time.perf_counter() - start)
"""


def seconds(script: str) -> float:
    """The least of five new processes."""
    runs = [subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True) for _ in range(5)]
    return min(float(run.stdout) for run in runs)


def pairs() -> list[tuple[str, str]]:
    """Texts of five sentences that answer one client's turn or neighbouring ones, 10,000 sentences in all."""
    lines = (OPEN / "skills" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    rows = itertools.islice(itertools.cycle(map(json.loads, lines)), SENTENCES)
    ended = [(row["text"] if row["text"][-1] in ".?!" else row["text"] + ".", row["previous"]) for row in rows]
    return [
        (" ".join(text for text, _ in ended[start : start + IN_A_TEXT]), ended[start][1])
        for start in range(0, SENTENCES, IN_A_TEXT)
    ]


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_out_option(parser, __file__)
    results = ResultFile("Speed of the skills coder", parser.parse_args().out)
    texts = pairs()
    start = time.perf_counter()
    coder = shipped_coder()
    loaded, busy = time.perf_counter(), time.process_time()
    coded = coder.code_all(texts)
    done, worked = time.perf_counter() - loaded, time.process_time() - busy
    number = sum(len(text.sentences) for text in coded)
    results.text(f"Importing the coder, nothing loaded: {seconds(IMPORT):.2f} s.")
    results.text(f"Loading the weights, numpy and scipy among it: {loaded - start:.2f} s.")
    results.text(f"Coding {number:,} sentences in {len(texts):,} texts: {done:.2f} s, {worked:.2f} s of them at work.")
    results.write()


if __name__ == "__main__":
    main()
