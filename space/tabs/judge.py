"""The Judge tab: what is stored about judges."""

from __future__ import annotations

import gradio as gr

from counsel_leaderboard.leaderboard.judges import card, published
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.leaderboard.store import queries
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.tabs.base import Tab, Updates
from counsel_leaderboard.space.views import judge_scales, judge_session_exams, published_labels, session_raters
from counsel_leaderboard.space.views import judges as view


def build(reader: BoardReader) -> Tab:
    """Create the tab's components inside the current Blocks context."""
    page = gr.HTML(apply_default_css=False, elem_id="judge-page")

    def show(_address: Address, _problems: tuple[str, ...]) -> Updates:
        home = reader.store.home
        judged = queries.judged(reader.store)
        checked = published.cards(home)
        labellers = published_labels.trusts(judged, checked)
        judges = view.html(judged, card.cards(home), thresholds.of_home(home), labellers)
        labels = published_labels.html(judged, checked)
        others = judge_session_exams.html(home) + judge_scales.html(reader.store) + session_raters.html(home)
        return {page: judges + labels + others}

    return Tab("judge", {}, (page,), lambda address, _values: address, show, lambda _address: {})
