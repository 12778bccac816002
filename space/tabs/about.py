"""The About tab: help in a crisis first, then what the numbers mean."""

from __future__ import annotations

import gradio as gr

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.tabs.base import Tab, Updates


def build(_reader: BoardReader) -> Tab:
    """Create the tab's components inside the current Blocks context."""
    page = gr.HTML(apply_default_css=False)

    def show(_address: Address, _problems: tuple[str, ...]) -> Updates:
        return {page: render("about.html")}

    return Tab("about", {}, (page,), lambda address, _values: address, show, lambda _address: {})
