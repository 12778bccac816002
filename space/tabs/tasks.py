"""The Tasks tab: what each task asks, and its items by model."""

from __future__ import annotations

import gradio as gr

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.tabs.base import Tab, Updates
from counsel_leaderboard.space.views.task_pages import page as view


def build(reader: BoardReader) -> Tab:
    """Create the tab's components inside the current Blocks context."""
    page = gr.HTML(apply_default_css=False, elem_id="tasks-page")

    def show(address: Address, problems: tuple[str, ...]) -> Updates:
        return {page: view.html(reader, address, problems)}

    return Tab("tasks", {}, (page,), lambda address, _values: address, show, lambda _address: {})
