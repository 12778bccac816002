"""The interface between a tab and the app: controls by the address field that they set, page parts, and what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradio.blocks import Block
from gradio.components import Component

from counsel_leaderboard.space.address import Address, TabName

# A page part or control, and its new value or gr.update.
Updates = dict[Block, Any]


def quiet(on: Block) -> dict[str, Any]:
    """Options of an event that runs directly in a thread of the server: a queue would run each event for one reader at a time.

    Gradio reports the progress to `on` alone. By default it reports to every output of every event, three times per event and
    with a copy of its whole content, which costs a browser more than showing the page.
    """
    return {
        "queue": False,
        "show_progress": "hidden",
        "show_progress_on": on,
        "api_visibility": "private",
        "trigger_mode": "always_last",
    }


def no_updates() -> Updates:
    """No updates."""
    return {}


@dataclass(frozen=True)
class Tab:
    """One tab.

    `read` puts the values of the controls into an address; `show` gives the page parts for an address, `set_controls` the
    controls as the address has them. An event of a control calls `read` and `show` alone, so that nothing is written into a
    box in which someone is typing. `leave` gives what changes in this tab while another is shown.
    """

    name: TabName
    controls: dict[str, Component]
    parts: tuple[Block, ...]
    read: Callable[[Address, dict[str, Any]], Address]
    show: Callable[[Address, tuple[str, ...]], Updates]
    set_controls: Callable[[Address], Updates]
    leave: Callable[[], Updates] = no_updates
