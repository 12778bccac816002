"""Turns addresses into updates of the page; every event of the app calls this module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import gradio as gr
from gradio.components import Component

from counsel_leaderboard.registry.manifests import Source
from counsel_leaderboard.space.address import Address, TabName, parse
from counsel_leaderboard.space.tabs.base import Tab, Updates, quiet

TRIES: Final = 3


class Pages:
    """Turns an address into updates of the page, for all events.

    generation: gives the number of the store's current state, so that no page mixes two states. opening: gives the suite of
    the start page. footer_of: gives the footer of a page.
    """

    def __init__(
        self, tabs: dict[TabName, Tab], bar: gr.Tabs, state: gr.State, navigation: gr.HTML, generation: Callable[[], int],
        opening: Callable[[], Source], footer: gr.HTML, footer_of: Callable[[Address], str],
    ) -> None:  # fmt: skip
        self.tabs, self.bar, self.state, self.navigation, self.generation = tabs, bar, state, navigation, generation
        self.opening, self.footer, self.footer_of = opening, footer, footer_of
        self.frame = [bar, state, navigation]
        self.everything = [
            *self.frame,
            footer,
            *(part for tab in tabs.values() for part in (*tab.parts, *tab.controls.values())),
        ]

    def load(self, query: str) -> Updates:
        """The page of a query."""
        address, problems = parse(query or "?")
        if address == Address():
            address = address.to(suite=self.opening())
        tab = self.tabs[address.tab]
        others = [other for other in self.tabs.values() if other is not tab]
        hidden: Updates = {part: new for other in others for part, new in other.leave().items()}
        shown = self._consistent(lambda: tab.set_controls(address) | tab.show(address, tuple(problems)))
        return {
            self.bar: gr.Tabs(selected=tab.name),
            self.state: address.query(),
            self.navigation: address.query(),
            self.footer: self.footer_of(address),
            **hidden,
            **shown,
        }

    def opened(self, query: str) -> Updates:
        """The page of a query as the answer to move 0, which opened it: a reader may have made another one since."""
        page = self.load(query)
        page[self.navigation] = f"{page[self.navigation]} 0"
        return page

    def go(self, event: gr.EventData) -> Updates:
        """The page behind a link, or behind a tab that a reader chose.

        A chosen tab is open already. Opening it again later would undo what the reader chose in the meantime.
        """
        page = self.load(str(event.query))
        page[self.navigation] = _answer(page[self.navigation], event)
        if event.chosen:
            del page[self.bar]
        return page

    def _within(self, tab: Tab, query: str | None, event: gr.EventData) -> Updates:
        """The page behind a link in the tab that shows `query`, without the controls that do not change."""
        address, problems = parse(str(event.query))

        def updates() -> Updates:
            before = tab.set_controls(parse(query or "?")[0])
            changed = {control: new for control, new in tab.set_controls(address).items() if before.get(control) != new}
            return changed | tab.show(address, tuple(problems))

        shown: Updates = {self.state: address.query(), self.navigation: _answer(address.query(), event)}
        return {**shown, **self._consistent(updates)}

    def _consistent(self, make: Callable[[], Updates]) -> Updates:
        """The updates from `make`, which is called again if something was stored meanwhile, at most TRIES times."""
        for _ in range(TRIES):
            before, updates = self.generation(), make()
            if self.generation() == before:
                break
        return updates

    def listen(self, tab: Tab) -> None:
        """Connect the links within a tab and its controls with the updates of its page.

        They update nothing outside the tab: sending a browser the unchanged rest takes longer than showing the page.
        """
        outputs = [*self.frame[1:], *tab.parts, *tab.controls.values()]

        def within(query: str | None, event: gr.EventData) -> Updates:
            return self._within(tab, query, event)

        getattr(self.navigation, f"in_{tab.name}")(within, self.state, outputs, **quiet(self.state))
        if not tab.controls:
            return
        names = list(tab.controls)

        def changed(query: str | None, *values: Any) -> Any:
            current = parse(query or "?")[0]
            if current.tab != tab.name:
                # A text box also sends a change event when it appears, and by then another tab can be open.
                return gr.skip()
            address = tab.read(current, dict(zip(names, values, strict=True)))
            if address.to(page=1) == current.to(page=1):
                # The page itself filled in the text box, so its value is shown already.
                return gr.skip()
            shown: Updates = {self.state: address.query(), self.navigation: address.query()}
            return {**shown, **self._consistent(lambda: tab.show(address, ()))}

        events = [event for control in tab.controls.values() for event in _events(control)]
        gr.on(events, changed, [self.state, *tab.controls.values()], outputs, **quiet(self.state))


def _answer(query: str, event: gr.EventData) -> str:
    """The address that is shown, and the number of the move that it answers."""
    return f"{query} {event.move}"


def _events(control: Component) -> list[Any]:
    """The events by which a reader sets a control. Pasted text is a change but no input; a number changes when it appears."""
    if isinstance(control, gr.Textbox):
        return [control.change]
    return [control.input, control.blur] if isinstance(control, gr.Number) else [control.input]  # type: ignore[attr-defined]
