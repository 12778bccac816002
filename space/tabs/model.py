"""The Model tab: one run, what was measured, and every transcript behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import gradio as gr
import polars as pl

from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import Reader, Suite
from counsel_leaderboard.space.tabs.base import Tab, Updates
from counsel_leaderboard.space.views import model_page

EVERY: Final = "all"
# A longer list takes seconds to send and to open; the name of any other model can be typed.
MOST: Final = 300
ORDERS: Final = [("as asked", "position"), ("best first", "best"), ("worst first", "worst")]
SCORED: Final = [("all", "any"), ("scored", "yes"), ("not scored", "no")]


def build(reader: Reader) -> Tab:
    """The tab's components, inside the Blocks that are being made."""
    run = gr.Dropdown([], label="Model", info="Choose, or type a name.", allow_custom_value=True, elem_id="model-choice")
    top = gr.HTML(apply_default_css=False, elem_id="model-top")
    with gr.Row(elem_classes="controls"):
        task = gr.Dropdown([], label="Task", allow_custom_value=True, min_width=240)
        stratum = gr.Dropdown([EVERY], value=EVERY, label="Part of the bank", allow_custom_value=True, min_width=160)
        order = gr.Radio(ORDERS, value="position", label="Order", min_width=340)
        scored = gr.Dropdown(SCORED, value="any", label="Scored", min_width=110)
        low = gr.Number(label="Score from", minimum=None, value=None, min_width=90)
        high = gr.Number(label="to", value=None, min_width=90)
    bottom = gr.HTML(apply_default_css=False, elem_id="model-bottom")
    fields = {"run": run, "task": task, "stratum": stratum, "order": order, "scored": scored, "low": low, "high": high}

    def show(address: Address, problems: tuple[str, ...]) -> Updates:
        found = model_page.page(reader, reader.suite(address.suite), address, problems)
        choices = [(labels.task(name), name) for name in found.tasks]
        strata = [EVERY, *found.strata]
        return {
            top: found.top,
            bottom: found.bottom,
            task: gr.update(choices=choices, value=found.address.task or None),
            stratum: gr.update(choices=strata, value=found.address.stratum or EVERY, visible=len(strata) > 2),
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
        return read_controls(address, {**values, "run": named(reader.suite(address.suite), values["run"] or "")})

    return Tab("model", dict(fields), (top, bottom), read, show, set_controls)


def read_controls(address: Address, values: dict[str, Any]) -> Address:
    """The address with the values of the model page's controls in it; another run or task begins on its first page."""
    chosen: dict[str, Any] = {name: values[name] or "" for name in ("run", "task")}
    moved = chosen != {"run": address.run, "task": address.task}
    stratum = "" if moved or values["stratum"] in (EVERY, None) else values["stratum"]
    limits = {name: "" if values[name] is None else f"{values[name]:g}" for name in ("low", "high")}
    chosen |= {"stratum": stratum, "order": values["order"], "scored": values["scored"], **limits}
    return address.to(**chosen, item="", page=1)


def runs(suite: Suite, shown: Sequence[str]) -> list[tuple[str, str]]:
    """Names and ids of the runs on the board, candidates first, at most MOST, those shown among them.

    A run that is not on the board keeps its id as its name.
    """
    here = pl.col("run_id").is_in(shown)
    rows = suite.display.sort(~here, "role", pl.col("model").str.to_lowercase(), "run_id").head(MOST)
    known = set(rows["run_id"])
    names = [(_name(row), row["run_id"]) for row in rows.iter_rows(named=True)]
    return [*((f"run {run}", run) for run in shown if run not in known), *names]


def named(suite: Suite, typed: str) -> str:
    """The run that was chosen or typed: an id stays, a model's name becomes the id of its run, else what was typed."""
    said = typed.strip()
    rows = suite.display
    same = rows.filter(pl.col("model").str.to_lowercase() == said.lower())
    alike = rows.filter(pl.col("model").str.to_lowercase().str.contains(said.lower(), literal=True)) if said else rows.head(0)
    found = next((few for few in (same, alike) if few.height == 1), same)
    return said if found.is_empty() or said in set(rows["run_id"]) else str(found.sort("role", "run_id")["run_id"][0])


def _name(row: dict[str, Any]) -> str:
    said = [row["model"]]
    if row["role"] == "control":
        said.append("scripted control")
    if row["judge"]:
        said.append(f"judged by {row['judge']}")
    if row["self_reported"]:
        said.append("self-reported")
    return " · ".join(said)
