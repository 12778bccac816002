"""Creates a home of many run folders, for `benchmarks/store.py` and `benchmarks/api_load.py`.

Each folder has eight tasks and about as many samples as requested. VARIANTS folders are written with different answers and
values; the others share their files by hard link and differ in the request, so a thousand runs take the disk space of forty.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from counsel_leaderboard.leaderboard.runs.files import sha256
from counsel_leaderboard.leaderboard.runs.read import RunFolder, read
from counsel_leaderboard.leaderboard.specs.run_request import FILE_NAME
from tests.support.run_folders import Item, Task, request, write

VARIANTS = 40
SHARES = {
    "counsel_stigma": 0.36,
    "counsel_stigma_plain": 0.36,
    "counsel_psyllm": 0.1,
    "counsel_response": 0.03,
    "counsel_trajectory_rating": 0.02,
    "counsel_trajectory_reply": 0.02,
    "counsel_preference": 0.05,
    "counsel_preference_rank": 0.06,
}
RATES = ("dk_rate", "failed_rate", "unparsed_rate", "truncated_rate", "answered_rate")
WORDS = ("time", "after", "night", "house", "road", "letter", "table", "river", "garden", "winter", "friend", "rest", "listen")


def prose(rng: random.Random, characters: int) -> str:
    """Random words, about that many characters."""
    return " ".join(rng.choices(WORDS, k=characters // 6))


def tasks(count: int, seed: int) -> list[Task]:
    """Eight tasks of about `count` samples: the same prompts (3,000 characters) for every seed, other answers and values."""
    answers = random.Random(seed)
    entries = []
    for name, share in SHARES.items():
        prompts = random.Random(name)
        items = []
        for n in range(max(8, round(count * share))):
            value = answers.random()
            metrics = {"score": value, "scored_rate": 1.0, **dict.fromkeys(RATES, 0.0)}
            metrics |= {f"score_{n % 4}": value, "score_lower": value}
            prompt, reply = prose(prompts, 3000), prose(answers, 60 if "stigma" in name else 900)
            position = {"cluster": f"{name}-{n // 6}", "stratum": f"s{n // 6 % 4}"}
            items.append(Item(f"{name}/{n}", metrics, **position, prompt=prompt, replies=(reply,)))
        entries.append(Task(name, items, headline="score", higher_is_better="stigma" not in name))
    return entries


def folder(path: Path, count: int, seed: int) -> Path:
    """One run folder of about `count` samples, as lm_eval writes it."""
    entries = tasks(count, seed)
    return write(path / str(seed), entries, asked=request(entries, model=f"org/model-{seed}"), model=f"org/model-{seed}")


def fill(home: Path, runs: int, count: int) -> None:
    """Create `runs` folders under `home`/runs, each under its own id; existing folders stay. Needs no DuckDB file."""
    sources = home.parent / "variants"
    for number in range(min(VARIANTS, runs)):
        source = sources / str(number)
        if not (source / "request.json").is_file():
            folder(sources, count, number)
        run = read(source)
        for copy in range(number, runs, VARIANTS):
            _link(run, home / "runs", f"org/stored-{copy}")


def _link(run: RunFolder, runs: Path, model: str) -> None:
    assert run.request is not None
    changed = run.request.model_copy(update={"model": run.request.model.model_copy(update={"name": model})})
    text = changed.text().encode()
    target = runs / replace(run, request=changed, digests={**run.digests, FILE_NAME: sha256(text)}).run_id
    target.mkdir(parents=True, exist_ok=True)
    for name, source in run.sources.items():
        if name != FILE_NAME and not (target / name).exists():
            (target / name).hardlink_to(source)
    (target / FILE_NAME).write_bytes(text)
