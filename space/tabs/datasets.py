"""The Datasets tab: the registry's cards."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.tabs.base import Tab, Updates
from counsel_leaderboard.space.views import datasets as view

ANY: Final = "any"


def build(_reader: BoardReader) -> Tab:
    """Create the tab's components inside the current Blocks context."""
    offered = view.choices()
    with gr.Row(elem_classes="controls"):
        search = gr.Textbox(label="Find a dataset", placeholder="name, owner, licence, task", max_lines=1, scale=2)
        access = gr.Dropdown([ANY, *offered["access"]], value=ANY, label="Access", allow_custom_value=True, min_width=140)
        flag = gr.Dropdown([ANY, *offered["flag"]], value=ANY, label="Flag", allow_custom_value=True, min_width=160)
    page = gr.HTML(apply_default_css=False, elem_id="datasets-page")

    def show(address: Address, problems: tuple[str, ...]) -> Updates:
        # The flags on a card are links too, and they change the filters of the list.
        return {page: view.html(address, problems), access: address.access or ANY, flag: address.flag or ANY}

    return Tab(
        "datasets",
        {"q": search, "access": access, "flag": flag},
        (page,),
        read_controls,
        show,
        lambda address: {search: address.q},
    )


def read_controls(address: Address, values: dict[str, Any]) -> Address:
    """The address with the filters' values. A changed filter leads to the list; an event without a change keeps the card."""
    chosen = {name: "" if value == ANY else value or "" for name, value in values.items()}
    return address if address.to(**chosen) == address else address.to(**chosen, card="")
