"""The two parts of a model's page as HTML: the scores, and the transcripts with the settings of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from counsel_leaderboard.leaderboard.board import contamination
from counsel_leaderboard.leaderboard.board import transcripts as samples
from counsel_leaderboard.leaderboard.judges.families import kinship
from counsel_leaderboard.leaderboard.runs import reproduction
from counsel_leaderboard.leaderboard.store import queries
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.queue import Queue
from counsel_leaderboard.registry.manifests import Source
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import BoardReader, SuiteSnapshot
from counsel_leaderboard.space.views import crisis_gate, reference_lines, run_details, skills, topics, transcripts
from counsel_leaderboard.space.views.board import Links, denominators
from counsel_leaderboard.space.views.board_frame import Column


@dataclass(frozen=True)
class ModelPage:
    """The page of a run: its address with the task filled in, its HTML, and the tasks and strata that its filters offer."""

    address: Address
    top: str
    bottom: str
    tasks: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()


def page(reader: BoardReader, suite: SuiteSnapshot, address: Address, problems: Sequence[str]) -> ModelPage:
    """The page of the run that the address names, or a page that asks the reader to choose a run."""
    store = reader.store
    if not address.run:
        return _page_without_run(address, problems)
    try:
        run = samples.run(store, address.run)
    except samples.UnknownRunError:
        message = f"No run {address.run!r} is stored here. It may be on another board."
        return _page_without_run(address, [*problems, message])
    scores = queries.scores(store, address.run)
    tasks = tuple(row["task"] for row in run["tasks"])
    if address.task not in tasks:
        if address.task:
            problems = [*problems, f"This run has no task {address.task!r}: its first task is shown."]
        address = address.to(task=_first(suite, tasks), stratum="")
    strata = queries.strata(store, address.run).filter(pl.col("task") == address.task)["stratum"].to_list()
    bottom = _transcripts(store, run, scores, address)
    return ModelPage(address, _top(reader, suite, run, scores, address, problems), bottom, tasks, tuple(strata))


def _page_without_run(address: Address, problems: Sequence[str]) -> ModelPage:
    empty = render("model.html", run=None, problems=problems, board=Address(suite=address.suite))
    return ModelPage(address.to(run="", task="", stratum=""), empty, "")


def _first(suite: SuiteSnapshot, tasks: Sequence[str]) -> str:
    """The task of the board's leftmost column that the run has."""
    return next((column.task for column in suite.columns if column.task in tasks), tasks[0])


def _top(
    reader: BoardReader,
    suite: SuiteSnapshot,
    run: dict[str, Any],
    scores: pl.DataFrame,
    address: Address,
    problems: Sequence[str],
) -> str:
    row = suite.row(address.run)
    headlines = _headlines(suite, scores, row)
    chosen = next(headline for headline in headlines if headline["column"].task == address.task)
    queue = Queue(reader.store)
    return render(
        "model.html",
        problems=problems,
        run=run,
        sample=any(task["sample"] for task in run["tasks"]),
        suite_note=labels.suite_note(run["source"]),
        on_board=row is not None,
        missing=(row or {}).get("missing") or [],
        cut=run_details.cut_replies(reader.store.runs / address.run),
        address=address,
        links=Links(address),
        headlines=headlines,
        denominators=denominators,
        task=_task(reader, suite.source, scores, address, chosen),
        board=Address(suite=address.suite),
        submission=queue.of_run(address.run),
        request=Address(tab="queue", request=run["spec_id"]) if queue.find(run["spec_id"]) else None,
        reproduced=reproduction.of_store(reader.store, address.run).to_dicts() if run["self_reported"] else [],
        record=run_details.record(run),
        probe=contamination.of_model(reader.store.home, run["model"], run["revision"]),
        topics=topics.of_model(reader.store.home, address.run, address),
        skills=skills.of_model(reader.store, address.run, address),
        gate=crisis_gate.of_model(reader.store, run, address),
    )


def _headlines(suite: SuiteSnapshot, scores: pl.DataFrame, row: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Each task's headline in the order of the board: column, cell (without ranks if off the board), field, and label."""
    on_board = {column.task: column for column in suite.columns}
    medians = run_details.medians(suite.display, suite.columns)
    people = reference_lines.of_columns(suite.display, suite.columns, suite.source)
    headlines = []
    for score in scores.filter(pl.col("headline")).iter_rows(named=True):
        column = on_board.get(score["task"]) or run_details.as_column(score)
        cell = (row or {}).get(column.key) or run_details.as_cell(score)
        field = medians.get(column.task, {"median": None, "n": 0})
        headlines.append(
            {
                "column": column,
                "cell": cell,
                "field": field,
                "label": _label(column, cell, field),
                "people": people.get(column.task) or reference_lines.of_metric(suite.source, column.task, column.metric),
            }
        )
    positions = {column.task: position for position, column in enumerate(suite.columns)}
    return sorted(headlines, key=lambda headline: positions.get(headline["column"].task, len(positions)))


def _label(column: Column, cell: dict[str, Any], field: dict[str, Any]) -> str:
    """The text alternative of the picture of a headline."""
    if cell["value"] is None:
        return "no score"
    label = f"{cell['value']:.3f} on a range from {column.lo:g} to {column.hi:g}"
    if cell["low"] is not None:
        label += f", {'bounds' if cell['partial'] else 'interval'} {cell['low']:.3f} to {cell['high']:.3f}"
    return label + (f", median of {field['n']} models {field['median']:.3f}" if field["n"] > 1 else "")


def _task(
    reader: BoardReader, suite: Source, scores: pl.DataFrame, address: Address, headline: dict[str, Any]
) -> dict[str, Any]:
    column: Column = headline["column"]
    further, bookkeeping = run_details.metrics(scores, address.task, headline["cell"]["partial"])
    strata = run_details.strata(reader.breakdown(address.run, address.task), column.metric)
    for row in further:
        row["people"] = reference_lines.of_metric(suite, row["task"], row["metric"])
    for row in strata:
        part = str(row["stratum"]).replace(" ", "_")
        row["people"] = reference_lines.of_metric(suite, column.task, f"{column.metric}_{part}")
    return {
        "column": column,
        "asks": labels.question(column.task),
        "page": Address(tab="tasks", suite=suite, task=column.task, runs=address.run),
        "card": Address(tab="datasets", suite=suite, card=column.dataset),
        "metrics": further,
        "bookkeeping": bookkeeping,
        "strata": strata,
    }


def _alone(address: Address, transcript: dict[str, Any]) -> Address:
    """The address of one transcript by itself."""
    return address.to(
        item=transcript["item"], task=transcript["task"], turn=0, page=1, order="counting", stratum="", scored="any",
        low="", high="",
    )  # fmt: skip


def _transcripts(store: Store, run: dict[str, Any], scores: pl.DataFrame, address: Address) -> str:
    size = transcripts.PAGE
    matches = samples.samples(
        store,
        address.run,
        task=address.task,
        stratum=address.stratum or None,
        item=address.item or None,
        low=float(address.low) if address.low else None,
        high=float(address.high) if address.high else None,
        scored={"any": None, "yes": True, "no": False}[address.scored],
        order=address.order,
        offset=(address.page - 1) * size,
        limit=size,
    )
    first = (address.page - 1) * size
    headlines = scores.filter(pl.col("headline"))
    return render(
        "transcripts.html",
        run_id=address.run,
        alone=_alone,
        address=address,
        transcripts=[transcripts.transcript(sample) for sample in matches.samples],
        total=matches.total,
        first=first + 1,
        last=first + len(matches.samples),
        page=address.page,
        pages=-(-matches.total // size),
        page_size=size,
        judge=run["judge"],
        kin=kinship(run["model"], run["judge"], run["family"]) if run["role"] == "candidate" else None,
        headline=dict(zip(headlines["task"], headlines["metric"], strict=True)),
        command=run_details.command(run),
        settings=run_details.settings(run),
        history=samples.history(store, run["model"]),
    )
