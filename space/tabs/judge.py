"""The Judge tab: what is stored about judges."""

from __future__ import annotations

import gradio as gr

from leaderboard.judges import card, thresholds
from leaderboard.store import queries
from space.address import Address
from space.services.board_reader import Reader
from space.tabs.base import Tab, Updates
from space.views import judge_scales
from space.views import judges as view


def build(reader: Reader) -> Tab:
    """The tab's components, inside the Blocks that are being made."""
    page = gr.HTML(apply_default_css=False, elem_id="judge-page")

    def show(_address: Address, _problems: tuple[str, ...]) -> Updates:
        home = reader.store.home
        examined = view.html(queries.judged(reader.store), card.cards(home), thresholds.of_home(home))
        return {page: examined + judge_scales.html(reader.store)}

    return Tab("judge", {}, (page,), lambda address, _values: address, show, lambda _address: {})
