"""Every task's numbers for the controls and SmolLM2 on the full open banks, and the page that shows them.

COUNSEL_HOME=DIR python benchmarks/full_banks.py run [URL]   the evaluations that DIR lacks; hours on two cores
COUNSEL_HOME=DIR python benchmarks/full_banks.py write       docs/full-banks.md from DIR; no answer is asked for

URL: a server that serves the same weights as smollm2-135m, such as vLLM, in place of the embedded engine.

SmolLM2 judges itself and the controls. It has passed no exam: its columns are marked.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.registry.cards.catalog import cards
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.manifests import catalog, judged_tasks
from counsel_leaderboard.runners.engines.controls.scripts import CONTROLS

PAGE = Path(__file__).parents[1] / "docs" / "full-banks.md"
SMOL = "smollm2-135m"
UNQUALIFIED = {Code.JUDGE_WITHOUT_CARD, Code.JUDGE_OTHER_RUBRIC, Code.JUDGE_EXAM_INCOMPLETE, Code.JUDGE_FAILED_EXAM}
HEAD = """# The full open banks: controls and SmolLM2

Written by `python benchmarks/full_banks.py write` from the runs of `python benchmarks/full_banks.py run`. Full banks
only, no samples. Intervals are 95% and cover the sampling of items.
"no qualified judge" marks a column whose judge has passed no exam: shown, never ranked.
smollm2-135m is the embedded model as a server at the URL served it: here vLLM's CPU build, the same weights in bfloat16.
Runs on an earlier version of a bank are left out; a task or model that is missing has not been run on the present one.
"""


def main() -> None:
    """Run what the home lacks, or write the page."""
    match sys.argv[1:]:
        case ["run", *url] if len(url) <= 1:
            run(paths.home(), *url)
        case ["write"]:
            PAGE.write_text(page(held(paths.home())), encoding="utf-8")
        case _:
            sys.exit("full_banks.py run [URL] | write")


def run(home: Path, url: str | None = None) -> None:
    """SmolLM2 on every task and each control on those it fits; judged tasks are judged by SmolLM2."""
    done = {(row["model"], row["task"]) for row in held(home).iter_rows(named=True)}
    judge = {"COUNSEL_JUDGE_URL": url, "COUNSEL_JUDGE_MODEL": SMOL} if url else {}
    judged = [] if url else ["--judge-model", SMOL]
    evaluate(SMOL, ",".join(catalog()), done, [*(["--url", url] if url else []), *judged], judge)
    for name, control in CONTROLS.items():
        asks_judge = bool({*control.tasks} & {*judged_tasks()})
        evaluate(f"control/{name}", ",".join(control.tasks), done, judged if asks_judge else (), judge if asks_judge else {})


def evaluate(
    model: str,
    tasks: str,
    done: set[tuple[str, str]],
    options: Sequence[str] = (),
    judge: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """One `counsel eval`, unless the home holds all of its tasks."""
    names = {model, "SmolLM2-135M-Instruct"} if model == SMOL else {model}
    if any({(name, task) for task in tasks.split(",")} <= done for name in names):
        return
    free = {name: value for name, value in os.environ.items() if not name.startswith("COUNSEL_JUDGE")}
    subprocess.run(["counsel", "eval", model, "--tasks", tasks, *options], check=True, env=free | judge)


def held(home: Path) -> pl.DataFrame:
    """Headlines of the full runs in the home's store on the banks as they are now, the newest of each model and task.

    A control stands only where its kind of answer is one.
    """
    known = [split.fingerprint for card in cards().values() for split in card.splits]
    fits = [f"control/{name} {task}" for name, control in CONTROLS.items() for task in control.tasks]
    with Store.open(home) as store, store.reading() as cursor:
        rows = board.scores(store, headlines=True).join(frame(cursor, "SELECT run_id, started_at FROM runs"), on="run_id")
    rows = rows.filter(~pl.col("sample"), pl.col("dataset_fingerprint").is_in(known))
    rows = rows.filter((pl.col("role") != "control") | (pl.col("model") + " " + pl.col("task")).is_in(fits))
    return rows.sort("started_at").unique(["model", "task"], keep="last", maintain_order=True)


def page(rows: pl.DataFrame) -> str:
    """The Markdown page: a table a task."""
    parts = [HEAD]
    for (task,), found in rows.sort("task", "role", "model").group_by("task", maintain_order=True):
        parts += [
            f"\n## `{task}`, `{found['metric'][0]}`\n\n| model | score | 95% interval | items | judge |\n|---|---|---|---|---|"
        ]
        parts += [line(row) for row in found.iter_rows(named=True)]
    return "\n".join(parts) + "\n"


def line(row: dict[str, Any]) -> str:
    """One row of a table."""
    codes = {Reason.parse(text).code for text in row["unranked_reasons"]}
    value = "not scored" if row["value"] is None else f"{row['value']:.3f}"
    span = "" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}"
    judge = f"{row['judge']}, no qualified judge" if row["judge"] and UNQUALIFIED & codes else row["judge"] or ""
    return f"| {row['model']} | {value} | {span} | {row['n_items']} of {row['n_total'] or '?'} | {judge} |"


if __name__ == "__main__":
    main()
