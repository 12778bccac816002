"""One run for its page: headlines beside the median of all candidates, breakdowns, settings, and a command to repeat it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board.reasons import Code, Reason, wording
from counsel_leaderboard.leaderboard.board.scored_floor import bounded
from counsel_leaderboard.leaderboard.runs.files import decode_json, decode_text, read_bytes
from counsel_leaderboard.leaderboard.runs.read import GENERATION_FILE
from counsel_leaderboard.leaderboard.specs.evaluation_spec import BUILT_IN
from counsel_leaderboard.registry.cards.catalog import cards
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.views.board_frame import CELL, Column
from counsel_leaderboard.space.views.datasets import source_link

# What a recorded run's page says in a part of its own.
UNDER_RECORD: Final = frozenset({"notice", "answers"})
# The name by which `counsel eval` takes a model that it downloads itself, by the name that runs record.
EVAL_NAMES: Final = {recorded: name for name, recorded in BUILT_IN.items()}


def medians(rows: pl.DataFrame, columns: Sequence[Column]) -> dict[str, dict[str, Any]]:
    """For each task the median of the candidates' values on the board, and `n`, the number of those values.

    Values of too few scored items are left out.
    """
    candidates = rows.filter(pl.col("role") == "candidate")
    by_task = {}
    for column in columns:
        cell = pl.col(column.key).struct
        whole = candidates.filter(~cell.field("partial").fill_null(False))
        values = whole.select(value=cell.field("value")).to_series().drop_nulls()
        by_task[column.task] = {"median": values.median(), "n": len(values)}
    return by_task


def metrics(scores: pl.DataFrame, task: str, partial: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Further metrics of one task, and the shares of documents that could be scored: rows of `queries.scores`.

    partial: whether too few items were scored for the headline; what these metrics have is not counted, so it holds for them.
    """
    rows = scores.filter((pl.col("task") == task) & ~pl.col("headline")).to_dicts()
    rows = [bounded(row, partial) for row in rows]
    for row in rows:
        row["column"] = as_column(row)
    bookkeeping = [row for row in rows if labels.is_bookkeeping(task, row["metric"])]
    return [row for row in rows if row not in bookkeeping], bookkeeping


def cut_replies(folder: Path) -> tuple[int, int] | None:
    """How many replies of a stored run ended at their token limit, and of how many; None where the run does not count them."""
    file = folder / GENERATION_FILE
    counts = decode_json(decode_text(read_bytes(file), file), str(file)) if file.is_file() else None
    cut, answered = (counts.get(name) if isinstance(counts, dict) else None for name in ("length_limited", "answered"))
    return (cut, answered) if isinstance(cut, int) and isinstance(answered, int) else None


def as_column(row: Mapping[str, Any]) -> Column:
    """A column made of a score, from which the bar of its range is drawn."""
    lo, hi = (row["lo"], row["hi"]) if row["lo"] is not None and row["hi"] is not None else (0.0, 0.0)
    return Column(row["task"], row["metric"], row["area"], row["higher_is_better"], lo, hi, False, False, "")


def as_cell(row: Mapping[str, Any]) -> dict[str, Any]:
    """A headline of a run that is not on the board, as a cell of the board."""
    cell: dict[str, Any] = {name: value for name, value in bounded(row).items() if name in CELL}
    reason = Reason(Code.NOT_ON_BOARD)
    why = {"unranked_reasons": [reason.json()], "unranked_reason": wording(reason)}
    return dict.fromkeys(CELL) | cell | {"ranked": False, "sample": False} | why


def strata(breakdown: pl.DataFrame, metric: str) -> list[dict[str, Any]]:
    """The headline within each stratum, sorted by name; `breakdown` is the frame of `intervals` with by_stratum=True."""
    rows = breakdown.filter((pl.col("metric") == metric) & pl.col("stratum").is_not_null())
    return list(map(bounded, rows.sort("stratum").to_dicts())) if rows.height > 1 else []


def command(run: Mapping[str, Any]) -> str | None:
    """The command that repeats a run, or None for a self-reported run, whose request is not recorded."""
    if run["self_reported"]:
        return None
    if run["engine"] == "recorded":
        name = str(json.loads(run["engine_options"]).get("record", "")).removeprefix("recorded/")
        return shlex.join(["counsel", "recorded", "add", name])
    parts = ["counsel", "eval", _model(run)]
    if run["engine"] in ("endpoint", "vllm"):
        parts += ["--url", "http://HOST:PORT/v1"]
    parts += ["--tasks", ",".join(task["task"] for task in run["tasks"])]
    if run["source"] != "open":
        parts += ["--source", run["source"]]
    if run["run_limit"] is not None:
        parts += ["--limit", f"{run['run_limit']:.0f}"]
    return shlex.join(parts)


def _model(run: Mapping[str, Any]) -> str:
    name = str(run["model"])
    if run["engine"] == "control" and not name.startswith("control/"):
        return f"control/{name}"
    if run["engine"] != "llama_cpp":
        return name
    return EVAL_NAMES.get(name) or str(json.loads(run["engine_options"]).get("weights") or f"{name}.gguf")


def record(run: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where a recorded run's answers come from, as its engine's options say; None for any other run."""
    if run["engine"] != "recorded":
        return None
    options = dict(json.loads(run["engine_options"]))
    names = ("source", "commit", "decoding", "harness", "withheld", "notice")
    known = {name: str(options.get(name) or "") for name in names}
    where = ", ".join(str(options[name]) for name in ("source", "answered") if options.get(name))
    card = cards().get(str(options.get("dataset")))
    link = source_link(card) if card else ""
    return {**known, "where": where, "link": link, "answers": dict(options.get("answers") or {})}


def settings(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The settings that could change an answer, as pairs of label and text."""
    entries = [
        ("model revision", run["revision"] or "not recorded"),
        ("engine", f"{run['engine']} {run['engine_version'] or ''}".strip()),
        ("engine options", _pairs(run["engine_options"], UNDER_RECORD) or "none recorded"),
        ("judge", _judge(run)),
        ("documents per task", "all" if run["run_limit"] is None else f"the first {run['run_limit']:g} in the seeded order"),
        ("seeds", _pairs(run["settings"])),
        ("lm-eval", run["lm_eval_version"]),
        ("started", f"{run['started_at']:%Y-%m-%d %H:%M} UTC"),
        ("run", run["run_id"]),
        ("request", run["spec_id"] or "not recorded"),
    ]
    return entries + [(f"{labels.task(task['task'])} {task['task_version']}", _task(task)) for task in run["tasks"]]


def _judge(run: Mapping[str, Any]) -> str:
    if run["judge"] is None:
        return "none"
    revision = f" at {run['judge_revision']}" if run["judge_revision"] else ", revision not recorded"
    return f"{run['judge']}{revision}"


def _task(task: Mapping[str, Any]) -> str:
    data = f"{task['dataset']}/{task['dataset_split']}, {task['n_docs']} of {task['n_docs_full']} documents"
    return f"{data}, {task['dataset_fingerprint']}; {_pairs(task['settings'])}"


def _pairs(text: str, left_out: Collection[str] = ()) -> str:
    """A JSON object as "name value, name value", without values that are null or empty, and those `left_out`."""
    options = {name: value for name, value in json.loads(text).items() if name not in left_out}
    return ", ".join(f"{name} {_plain(value)}" for name, value in options.items() if value not in (None, {}, [], ""))


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
