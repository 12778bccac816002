"""Evaluates the controls and SmolLM2 on the full open banks, and writes every task's numbers.

    COUNSEL_HOME=DIR python benchmarks/full_banks.py run [--url URL]   runs the evaluations that DIR lacks; hours on two cores
    COUNSEL_HOME=DIR python benchmarks/full_banks.py controls   runs the controls that DIR lacks, under a script; minutes
    COUNSEL_HOME=DIR python benchmarks/full_banks.py write [--out FILE]   writes the results from DIR; runs no model

URL: a server with the same weights as smollm2-135m, such as vLLM, which is used instead of the embedded engine.

After `run`, SmolLM2 judges itself and the controls. It has not passed the exam, so its columns are marked. After `controls`,
the judge is a script that follows the rubrics (`tests/support/rubric_judge.py`): it shows what a control gets from a judge that
cannot be talked into anything, and is no judge of models. Tasks of whole sessions are left out.
"""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl
from result_file import ResultFile, add_out_option

from counsel_leaderboard import registry
from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.registry.cards.catalog import cards
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.manifests import catalog, judged_tasks
from counsel_leaderboard.runners.engines.controls.scripts import CONTROLS
from tests.support.response_labels import labels
from tests.support.rubric_judge import Judge
from tests.support.stand_in_server import standing_in

SMOL = "smollm2-135m"
SCRIPTED = "scripted-judge"
UNQUALIFIED = {
    Code.JUDGE_WITHOUT_CARD,
    Code.JUDGE_OTHER_RUBRIC,
    Code.JUDGE_OTHER_PROMPT,
    Code.JUDGE_EXAM_INCOMPLETE,
    Code.JUDGE_FAILED_EXAM,
}
NOTES = """Full banks only, no samples. Intervals are 95% and cover the sampling of items.
"no qualified judge" marks a column whose judge has not passed the exam: it is shown, never ranked.
scripted-judge follows the rubrics by the surface of the replies (tests/support/rubric_judge.py).
smollm2-135m is the embedded model, as a server at the URL served it if one was given.
Runs on an earlier version of a bank are left out; a task or model that is missing has not been run on the present version."""


def main() -> None:
    """Run what the home lacks, or write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("run", help="run the evaluations that the home lacks").add_argument(
        "--url", help="server of the weights"
    )
    actions.add_parser("controls", help="run the controls that the home lacks, under a scripted judge")
    add_out_option(actions.add_parser("write", help="write the results of the home"), __file__)
    options = parser.parse_args()
    if options.action == "run":
        run(paths.home(), options.url)
    elif options.action == "controls":
        run_controls()
    else:
        write(full_runs(paths.home()), ResultFile("The full open banks: controls and SmolLM2", options.out))


def run(home: Path, url: str | None = None) -> None:
    """Evaluate SmolLM2 on every task and each control on the tasks that it fits; SmolLM2 judges the judged tasks."""
    done = {(row["model"], row["task"]) for row in full_runs(home).iter_rows(named=True)}
    judge = {"COUNSEL_JUDGE_URL": url, "COUNSEL_JUDGE_MODEL": SMOL} if url else {}
    judged = [] if url else ["--judge-model", SMOL]
    asked = ",".join(name for name, info in catalog().items() if not info.manifest.recorded_only)
    evaluate(SMOL, asked, done, [*(["--url", url] if url else []), *judged], judge)
    for name, control in CONTROLS.items():
        asks_judge = bool({*control.tasks} & {*judged_tasks()})
        evaluate(f"control/{name}", ",".join(control.tasks), done, judged if asks_judge else (), judge if asks_judge else {})


def run_controls() -> None:
    """Evaluate each control that the home lacks on the tasks that it fits, the judged ones under the scripted judge."""
    names = [name for name, info in catalog().items() if not info.manifest.recorded_only and not info.manifest.sessions]
    does, _ = labels(registry.load("open-response").rows)
    with standing_in() as serve:
        judge = serve(Judge(does=does), models=[SCRIPTED])
        settings = {"COUNSEL_JUDGE_URL": f"{judge.url}/v1", "COUNSEL_JUDGE_MODEL": SCRIPTED}
        subprocess.run(["counsel", "controls", "--tasks", ",".join(names)], check=True, env={**os.environ, **settings})


def evaluate(
    model: str,
    tasks: str,
    done: set[tuple[str, str]],
    options: Sequence[str] = (),
    judge: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Run `counsel eval` once, unless the home has a run of each of its tasks."""
    names = {model, "SmolLM2-135M-Instruct"} if model == SMOL else {model}
    if any({(name, task) for task in tasks.split(",")} <= done for name in names):
        return
    free = {name: value for name, value in os.environ.items() if not name.startswith("COUNSEL_JUDGE")}
    subprocess.run(["counsel", "eval", model, "--tasks", tasks, *options], check=True, env=free | judge)


def full_runs(home: Path) -> pl.DataFrame:
    """Headlines of the full runs in the home's store on the banks as they are now, the newest of each model and task.

    A control is listed only for the tasks that it fits.
    """
    known = [split.fingerprint for card in cards().values() for split in card.splits]
    fits = [f"control/{name} {task}" for name, control in CONTROLS.items() for task in control.tasks]
    with Store.open(home) as store, store.reading() as cursor:
        rows = board.scores(store, headlines=True).join(frame(cursor, "SELECT run_id, started_at FROM runs"), on="run_id")
    rows = rows.filter(~pl.col("sample"), pl.col("dataset_fingerprint").is_in(known))
    rows = rows.filter((pl.col("role") != "control") | (pl.col("model") + " " + pl.col("task")).is_in(fits))
    return rows.sort("started_at").unique(["model", "task"], keep="last", maintain_order=True)


def write(rows: pl.DataFrame, results: ResultFile) -> None:
    """A section with a table for each task."""
    results.text(NOTES)
    for (task,), scores in rows.sort("task", "role", "model").group_by("task", maintain_order=True):
        results.heading(f"`{task}`, `{scores['metric'][0]}`")
        results.table("model", "score", "95% interval", "items", "judge")
        for row in scores.iter_rows(named=True):
            results.row(*cells(row))
    results.write()


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """The cells of a model's row."""
    codes = {Reason.parse(text).code for text in row["unranked_reasons"]}
    value = "not scored" if row["value"] is None else f"{row['value']:.3f}"
    interval = "" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}"
    judge = (row["judge"] or "") if row["task"] in judged_tasks() else ""
    judge = f"{judge}, no qualified judge" if judge and UNQUALIFIED & codes else judge
    return row["model"], value, interval, f"{row['n_items']} of {row['n_total'] or '?'}", judge


if __name__ == "__main__":
    main()
