"""The Compare tab: a choice of models, and the differences between them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.tabs.base import Tab, Updates
from counsel_leaderboard.space.tabs.model import run_named, runs
from counsel_leaderboard.space.views import compare as view


def build(reader: BoardReader) -> Tab:
    """Create the tab's components inside the current Blocks context."""
    chosen = gr.Dropdown(
        [],
        value=[],
        multiselect=True,
        max_choices=view.MAX_MODELS,
        allow_custom_value=True,
        label="Models, two to four",
        info="Choose, or type names.",
        elem_id="compare-choice",
    )
    page = gr.HTML(apply_default_css=False, elem_id="compare-page")

    def show(address: Address, problems: tuple[str, ...]) -> Updates:
        return {page: view.html(reader.store, reader.suite(address.suite), address, problems)}

    def set_controls(address: Address) -> Updates:
        known = set(reader.suite(address.suite).display["run_id"])
        offered = runs(reader.suite(address.suite), [run for run in address.run_ids if run in known])
        return {chosen: gr.update(choices=offered, value=[run for run in address.run_ids if run in known][: view.MAX_MODELS])}

    def read(address: Address, values: dict[str, Any]) -> Address:
        suite = reader.suite(address.suite)
        return address.to(runs=",".join(run_named(suite, typed) for typed in values["runs"] or []))

    return Tab("compare", {"runs": chosen}, (page,), read, show, set_controls)
