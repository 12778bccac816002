"""The list of tasks, and the page of one: what it asks and tells, its range on this board, its history, its items by model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import polars as pl

from counsel_leaderboard.leaderboard.history.columns import column_history
from counsel_leaderboard.registry.manifests import SATURATION_RULE, Source, areas, catalog, task_about, task_panel
from counsel_leaderboard.registry.review.reviews import reviews_of_tasks
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import BoardReader, SuiteSnapshot
from counsel_leaderboard.space.views import reference_lines
from counsel_leaderboard.space.views.board_frame import Column
from counsel_leaderboard.space.views.task_pages.beside import beside
from counsel_leaderboard.space.views.task_pages.item_map import item_map, pair
from counsel_leaderboard.space.views.task_pages.timeline import timeline


def html(reader: BoardReader, address: Address, problems: Sequence[str] = ()) -> str:
    """The page of the task that the address names, else the list of all tasks."""
    if address.task in catalog():
        return _page(reader, address, problems)
    messages = [*problems, *([f"No task is named {address.task!r}: all tasks are shown."] if address.task else [])]
    return render("tasks.html", problems=messages, address=address.to(task="", item="", runs="", page=1), areas=_areas(reader))


def _areas(reader: BoardReader) -> list[tuple[str, list[dict[str, Any]]]]:
    """The tasks by area: name, what each asks, its main measure, whether a judge scores it, and models by suite."""
    by_suite = {source: _models(reader.suite(source)) for source in get_args(Source)}
    listed: dict[str, list[dict[str, Any]]] = {area: [] for area in areas()}
    for name, info in catalog().items():
        manifest = info.manifest
        entry = {
            "task": name,
            "asks": manifest.question,
            "measure": labels.metric(name, manifest.headline),
            "judged": manifest.judged,
            "ranked": manifest.ranked,
            "models": [(source, by_suite[source].get(name, 0)) for source in manifest.suites],
        }
        listed[manifest.area].append(entry)
    return [(area, tasks) for area, tasks in listed.items() if tasks]


def _models(suite: SuiteSnapshot) -> dict[str, int]:
    """How many models have a value, by task."""
    candidates = suite.display.filter(pl.col("role") == "candidate")
    return {
        column.task: candidates.select(pl.col(column.key).struct.field("value")).drop_nulls().height for column in suite.columns
    }


def _page(reader: BoardReader, address: Address, problems: Sequence[str]) -> str:
    manifest = catalog()[address.task].manifest
    if address.suite not in manifest.suites:
        address = address.to(suite=manifest.suites[0])
    suite = reader.suite(address.suite)
    column = next((column for column in suite.columns if column.task == address.task), None)
    drawn = column or _unasked(address.task)
    panel = task_panel(address.task) if address.suite == "open" else None
    history = column_history(reader.store, address.task, address.suite)
    drawn_map = item_map(reader.store, suite, column, address) if column else None
    return render(
        "task.html",
        problems=problems,
        address=address,
        task=address.task,
        manifest=manifest,
        version=catalog()[address.task].version,
        about=task_about(address.task),
        column=drawn,
        dataset=column.dataset if column else None,
        reviewed=reviews_of_tasks(address.task).text if address.suite == "open" else "",
        suites=[(source, address.to(suite=source, item="", runs="", page=1)) for source in manifest.suites],
        reach=_reach(suite, column) if column else None,
        control=suite.to_beat.get(address.task),
        people=reference_lines.of_metric(address.suite, address.task, drawn.metric),
        beside=beside(suite, column) if column else None,
        timeline=timeline(history, drawn),
        map=drawn_map,
        sides=pair(reader.store, suite, _with_another(address, drawn_map)),
        languages=labels.suite_languages(address.suite, address.task),
        panel=panel,
        resolution=panel.resolution if panel else "",
        saturation_rule=SATURATION_RULE,
        headline={address.task: drawn.metric},
        board=Address(suite=address.suite, sort=address.task if column else ""),
        run_page=lambda run: Address(tab="model", suite=address.suite, run=run, task=address.task),
    )


def _with_another(address: Address, drawn: dict[str, Any] | None) -> Address:
    """The address with a second run where it names one alone: the best of the others, for something to stand beside."""
    others = [model["run_id"] for model in drawn["models"] if model["run_id"] not in address.run_ids] if drawn else []
    return address.to(runs=",".join([*address.run_ids, *others[:1]])) if len(address.run_ids) == 1 else address


def _unasked(task: str) -> Column:
    """The column of a task that nobody was asked here."""
    manifest = catalog()[task].manifest
    head = manifest.metrics[manifest.headline]
    lo, hi = (end if end is not None else 0.0 for end in head.range)
    better = None if head.descriptive else head.higher_is_better
    return Column(task, manifest.headline, manifest.area, better, lo, hi, manifest.ranked, manifest.judged, "")


def _reach(suite: SuiteSnapshot, column: Column) -> dict[str, Any] | None:
    """The lowest and the highest value of the models on the board, and how many there are; too few scored items left out."""
    cell = pl.col(column.key).struct
    whole = suite.display.filter((pl.col("role") == "candidate") & ~cell.field("partial").fill_null(False))
    values = whole.select(value=cell.field("value")).to_series().drop_nulls()
    return {"low": values.min(), "high": values.max(), "n": len(values)} if len(values) else None
