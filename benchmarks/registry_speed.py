"""The time that the registry takes.

    [COUNSEL_MIRROR=DIR] python benchmarks/registry_speed.py

Listing 1,000 generated cards in a new `counsel` process; loading a data set of 100,000 rows in a new process, with its memory;
searching for near-duplicates in every data set on this machine. COUNSEL_MIRROR: the folder of the upstream data sets.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from result_file import ResultFile, add_out_option

from counsel_leaderboard.registry.cards.card_format import render
from counsel_leaderboard.registry.cards.catalog import DATASETS, card
from counsel_leaderboard.registry.cards.schema import DataFile, Source, Split
from counsel_leaderboard.registry.near_duplicates.minhash import duplicate_map, local_splits

CARDS = 1_000
ROWS = 100_000
LOAD = """
import os, resource, sys, time
from pathlib import Path
from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.sources.loading import load_split
start = time.perf_counter()
loaded = load_split(card("large", Path(sys.argv[1])), "test", Path(sys.argv[1]))
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
assert len(loaded.rows) == 100_000
print(f"{seconds:.2f} s, peak memory {peak:.0f} MiB")
"""


def timed(command: list[str]) -> float:
    """The seconds that a command takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def list_cards(folder: Path, results: ResultFile) -> None:
    """Generate the cards and list them."""
    originals = [card(path.stem) for path in sorted(DATASETS.glob("*.yaml"))]
    for number in range(CARDS):
        name = f"card-{number:04}"
        (folder / f"{name}.yaml").write_text(
            render(originals[number % len(originals)].model_copy(update={"name": name})), "utf-8"
        )
    counsel = str(Path(sys.executable).parent / "counsel")
    start_seconds = min(timed([counsel, "data", "--help"]) for _ in range(3))
    whole = min(timed([counsel, "data", "--cards", str(folder), "list"]) for _ in range(3))
    results.row(f"list {CARDS:,} generated cards", f"{whole:.2f} s, of which {start_seconds:.2f} s start the command")


def load_large(folder: Path, results: ResultFile) -> None:
    """Generate a large data set and load it in another process."""
    draw = random.Random(0)
    words = [f"word{number}" for number in range(5_000)]
    mirror = folder / "mirror" / "large"
    mirror.mkdir(parents=True)
    with (mirror / "test.jsonl").open("w", encoding="utf-8") as out:
        for number in range(ROWS):
            speech, reply = (" ".join(draw.choices(words, k=60)) for _ in range(2))
            out.write(json.dumps({"id": f"row-{number}", "theme": "work", "speech": speech, "reply": reply}) + "\n")
    content = mirror / "test.jsonl"
    files = (DataFile(path="test.jsonl", sha256=hashlib.sha256(content.read_bytes()).hexdigest()),)
    source = Source(kind="web", id="large").model_copy(update={"kind": "hub"})
    update = {"name": "large", "mirror": "large", "source": source, "splits": (Split(name="test", files=files),)}
    (folder / "large.yaml").write_text(render(card("oncoco").model_copy(update=update)), "utf-8")
    environment = {"COUNSEL_MIRROR": str(folder / "mirror"), "COUNSEL_CACHE": str(folder / "cache"), "PATH": ""}
    child = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder)], check=True, env=environment, stdout=subprocess.PIPE, text=True
    )
    results.row(f"load {ROWS:,} rows of {content.stat().st_size / 2**20:.0f} MiB", child.stdout.strip())


def map_duplicates(results: ResultFile) -> None:
    """Search for near-duplicates among all local splits."""
    start = time.perf_counter()
    report = duplicate_map(local_splits())
    seconds = time.perf_counter() - start
    results.row(
        f"find near-duplicates in {len(report.compared)} local splits",
        f"{seconds:.1f} s, {len(report.pairs)} pairs of data sets",
    )


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_out_option(parser, __file__)
    results = ResultFile("The time that the registry takes", parser.parse_args().out)
    results.table("step", "measured")
    with tempfile.TemporaryDirectory() as cards, tempfile.TemporaryDirectory() as data:
        list_cards(Path(cards), results)
        load_large(Path(data), results)
        map_duplicates(results)
    results.write()


if __name__ == "__main__":
    main()
