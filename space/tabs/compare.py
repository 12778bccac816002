"""The Compare tab: a choice of models, and the differences between them."""

from __future__ import annotations

import gradio as gr

from counsel_leaderboard.space.address import Address, parse
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.tabs.base import Tab, Updates, quiet
from counsel_leaderboard.space.views import compare as view
from counsel_leaderboard.space.views import compare_choice


def build(reader: BoardReader) -> Tab:
    """Create the tab's components and events inside the current Blocks context."""
    search = gr.Textbox(
        label="Add a model",
        info="Type a part of its name: the models that hold it are listed below. Enter adds the first of them.",
        max_lines=1,
        elem_id="compare-search",
    )
    # No answer to a move empties the field, in which somebody may be typing: the page's script asks again for what it holds.
    again = gr.Button("List what is typed", visible="hidden", elem_id="compare-again")
    choice = gr.HTML(apply_default_css=False, elem_id="compare-choice")
    page = gr.HTML(apply_default_css=False, elem_id="compare-page")
    at = gr.State("?tab=compare")

    def show(address: Address, problems: tuple[str, ...]) -> Updates:
        suite = reader.suite(address.suite)
        return {
            choice: compare_choice.html(suite, address, ""),
            page: view.html(reader.store, suite, address, problems),
            at: address.query(),
        }

    def find(query: str, typed: str) -> str:
        address, _ = parse(query)
        return compare_choice.html(reader.suite(address.suite), address, " ".join(typed.split()))

    gr.on([search.change, again.click], find, [at, search], choice, **quiet(at))
    return Tab("compare", {}, (choice, page, at), lambda address, _values: address, show, lambda _address: {})
