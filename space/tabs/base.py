"""What a tab is to the app: its controls by the field of the address they set, its page parts, and what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradio.blocks import Block
from gradio.components import Component

from space.address import Address, TabName

# A page part or control, and its new value or gr.update.
Updates = dict[Block, Any]


@dataclass(frozen=True)
class Tab:
    """One tab.

    `read` puts the values of the controls into an address; `show` gives the page parts for an address, `set_controls` the
    controls as the address has them. An event of a control calls `read` and `show` alone, so that nothing is written into a
    box in which someone is typing.
    """

    name: TabName
    controls: dict[str, Component]
    parts: tuple[Component, ...]
    read: Callable[[Address, dict[str, Any]], Address]
    show: Callable[[Address, tuple[str, ...]], Updates]
    set_controls: Callable[[Address], Updates]
