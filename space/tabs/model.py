"""The Model tab: one run, its scores, and every transcript behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import gradio as gr
import polars as pl

from counsel_leaderboard.leaderboard.board import gate_columns
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader, SuiteSnapshot
from counsel_leaderboard.space.tabs.base import Tab, Updates
from counsel_leaderboard.space.views import model

ALL: Final = "all"
# A longer list takes seconds to send and to open; the name of any other model can be typed.
MAX_CHOICES: Final = 300
ORDERS: Final = [
    ("those that count first", "counting"),
    ("as asked", "position"),
    ("best first", "best"),
    ("worst first", "worst"),
]
SCORED: Final = [("all", "any"), ("scored", "yes"), ("not scored", "no")]


def build(reader: BoardReader) -> Tab:
    """Create the tab's components inside the current Blocks context."""
    run = gr.Dropdown([], label="Model", info="Choose, or type a name.", allow_custom_value=True, elem_id="model-choice")
    top = gr.HTML(apply_default_css=False, elem_id="model-top")
    with gr.Row(elem_classes="controls"):
        task = gr.Dropdown([], label="Task", allow_custom_value=True, min_width=240)
        stratum = gr.Dropdown([ALL], value=ALL, label="Part of the bank", allow_custom_value=True, min_width=160)
        order = gr.Radio(ORDERS, value="counting", label="Order", min_width=340)
        scored = gr.Dropdown(SCORED, value="any", label="Scored", min_width=110)
        low = gr.Number(label="Score from", minimum=None, value=None, min_width=90)
        high = gr.Number(label="Score to", value=None, min_width=90)
    bottom = gr.HTML(apply_default_css=False, elem_id="model-bottom")
    fields = {"run": run, "task": task, "stratum": stratum, "order": order, "scored": scored, "low": low, "high": high}

    def show(address: Address, problems: tuple[str, ...]) -> Updates:
        page = model.page(reader, reader.suite(address.suite), address, problems)
        choices = [(labels.task(name), name) for name in page.tasks]
        strata = [ALL, *page.strata]
        return {
            top: page.top,
            bottom: page.bottom,
            task: gr.update(choices=choices, value=page.address.task or None),
            stratum: gr.update(choices=strata, value=page.address.stratum or ALL, visible=len(strata) > 2),
        }

    def set_controls(address: Address) -> Updates:
        numbers: Updates = {
            fields[name]: float(getattr(address, name)) if getattr(address, name) else None for name in ("low", "high")
        }
        return {
            run: gr.update(
                choices=runs(reader.suite(address.suite), [address.run] if address.run else []), value=address.run or None
            ),
            order: address.order,
            scored: address.scored,
            **numbers,
        }

    def read(address: Address, values: dict[str, Any]) -> Address:
        return read_controls(address, {**values, "run": run_named(reader.suite(address.suite), values["run"] or "")})

    return Tab("model", dict(fields), (top, bottom), read, show, set_controls)


def read_controls(address: Address, values: dict[str, Any]) -> Address:
    """The address with the values of the model page's controls, on the first page; another run or task resets the stratum."""
    chosen: dict[str, Any] = {name: values[name] or "" for name in ("run", "task")}
    moved = chosen != {"run": address.run, "task": address.task}
    stratum = "" if moved or values["stratum"] in (ALL, None) else values["stratum"]
    limits = {name: "" if values[name] is None else f"{values[name]:g}" for name in ("low", "high")}
    chosen |= {"stratum": stratum, "order": values["order"], "scored": values["scored"], **limits}
    return address.to(**chosen, item="", turn=0, page=1)


def runs(suite: SuiteSnapshot, shown: Sequence[str]) -> list[tuple[str, str]]:
    """Names and ids of at most MAX_CHOICES runs on the board, by gate, candidates first, and always those in `shown`.

    A run that is not on the board keeps its id as its name.
    """
    is_shown = pl.col("run_id").is_in(shown)
    rows = suite.display.sort(~is_shown, "role", pl.col("model").str.to_lowercase(), "run_id").head(MAX_CHOICES)
    rows = rows.sort(gate_columns.group(), "role", pl.col("model").str.to_lowercase(), "run_id")
    known = set(rows["run_id"])
    names = [(_name(row), row["run_id"]) for row in rows.iter_rows(named=True)]
    return [*((f"run {run}", run) for run in shown if run not in known), *names]


def run_named(suite: SuiteSnapshot, typed: str) -> str:
    """The run that was chosen or typed: the id of the run if the text is the name of a model, else the text itself."""
    name = typed.strip()
    rows = suite.display
    exact = rows.filter(pl.col("model").str.to_lowercase() == name.lower())
    partial = rows.filter(pl.col("model").str.to_lowercase().str.contains(name.lower(), literal=True)) if name else rows.head(0)
    matches = next((group for group in (exact, partial) if group.height == 1), exact)
    return name if matches.is_empty() or name in set(rows["run_id"]) else str(matches.sort("role", "run_id")["run_id"][0])


def _name(row: dict[str, Any]) -> str:
    parts = [row["model"]]
    if kind := {"control": "scripted control", "people": "people", "product": "commercial bot"}.get(row["role"]):
        parts.append(kind)
    if row["judge"]:
        parts.append(f"judged by {row['judge']}")
    if row["self_reported"]:
        parts.append("self-reported")
    return " · ".join(parts)
