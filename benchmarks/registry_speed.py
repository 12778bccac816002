"""How long the registry takes: run `python benchmarks/registry_speed.py`, with COUNSEL_MIRROR set for the upstream sets.

Prints one line each: 1,000 generated cards listed by a fresh `counsel` process; memory and time of loading a 100,000-row set
in a fresh process; the near-duplicate map of every dataset on this machine.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from counsel_leaderboard.registry.cards.card_format import render
from counsel_leaderboard.registry.cards.catalog import DATASETS, card
from counsel_leaderboard.registry.cards.schema import DataFile, Source, Split
from counsel_leaderboard.registry.near_duplicates.minhash import duplicate_map, local_splits

CARDS = 1_000
ROWS = 100_000
MEMORY = """
import os, resource, sys, time
from pathlib import Path
from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.sources.loading import load_split
start = time.perf_counter()
loaded = load_split(card("large", Path(sys.argv[1])), "test", Path(sys.argv[1]))
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"load {len(loaded.rows):,} rows: {seconds:.2f} s, peak memory {peak:.0f} MiB")
"""


def timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def list_cards(folder: Path) -> None:
    models = [card(path.stem) for path in sorted(DATASETS.glob("*.yaml"))]
    for number in range(CARDS):
        name = f"card-{number:04}"
        (folder / f"{name}.yaml").write_text(render(models[number % len(models)].model_copy(update={"name": name})), "utf-8")
    counsel = str(Path(sys.executable).parent / "counsel")
    nothing = min(timed([counsel, "data", "--help"]) for _ in range(3))
    whole = min(timed([counsel, "data", "--cards", str(folder), "list"]) for _ in range(3))
    print(f"list {CARDS:,} generated cards: {whole:.2f} s (of it {nothing:.2f} s to start the command)")


def load_large(folder: Path) -> None:
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
    print(f"a set of {content.stat().st_size / 2**20:.0f} MiB:", end=" ", flush=True)
    environment = {"COUNSEL_MIRROR": str(folder / "mirror"), "COUNSEL_CACHE": str(folder / "cache"), "PATH": ""}
    subprocess.run([sys.executable, "-c", MEMORY, str(folder)], check=True, env=environment)


def map_duplicates() -> None:
    start = time.perf_counter()
    found = duplicate_map(local_splits())
    seconds = time.perf_counter() - start
    print(f"near-duplicate map of {len(found.compared)} local splits: {seconds:.1f} s, {len(found.pairs)} pairs of datasets")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        list_cards(Path(first))
        load_large(Path(second))
        map_duplicates()
