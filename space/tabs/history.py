"""The History tab: what changed on the board."""

from __future__ import annotations

import gradio as gr

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.tabs.base import Tab, Updates
from counsel_leaderboard.space.views import history as view


def build(reader: BoardReader) -> Tab:
    """Create the tab's components inside the current Blocks context."""
    page = gr.HTML(apply_default_css=False, elem_id="history-page")

    def show(address: Address, problems: tuple[str, ...]) -> Updates:
        return {page: view.html(reader.store, address, problems)}

    return Tab("history", {}, (page,), lambda address, _values: address, show, lambda _address: {})
