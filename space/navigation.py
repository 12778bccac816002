"""The one way by which an address becomes a page: every event of the app ends here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import gradio as gr
from gradio.components import Component

from counsel_leaderboard.space.address import Address, TabName, parse
from counsel_leaderboard.space.tabs.base import Tab, Updates, quiet

TRIES: Final = 3


class Pages:
    """Turns an address into updates of the page. Every event ends here.

    generation: the number of the store's present state, so that no page is made of two of them.
    """

    def __init__(
        self, tabs: dict[TabName, Tab], bar: gr.Tabs, state: gr.State, navigation: gr.HTML, generation: Callable[[], int]
    ) -> None:
        self.tabs, self.bar, self.state, self.navigation, self.generation = tabs, bar, state, navigation, generation
        self.frame = [bar, state, navigation]
        self.everything = [*self.frame, *(part for tab in tabs.values() for part in (*tab.parts, *tab.controls.values()))]

    def load(self, query: str) -> Updates:
        """The page of a query."""
        address, problems = parse(query or "?")
        tab = self.tabs[address.tab]
        left: Updates = {part: new for other in self.tabs.values() if other is not tab for part, new in other.leave().items()}
        shown = self._steady(lambda: tab.set_controls(address) | tab.show(address, tuple(problems)))
        return {self.bar: gr.Tabs(selected=tab.name), **self._address(address), **left, **shown}

    def go(self, event: gr.EventData) -> Updates:
        """The page to which a link, or a tab that a reader chose, leads.

        A chosen tab is open already: opening it once more, late, would undo what the reader chose meanwhile.
        """
        page = self.load(str(event.query))
        if event.chosen:
            del page[self.bar]
        return page

    def _within(self, tab: Tab, query: str | None, event: gr.EventData) -> Updates:
        """The page to which a link leads from that of `query`, in the same tab: without the controls that it leaves alone."""
        address, problems = parse(str(event.query))

        def made() -> Updates:
            had = tab.set_controls(parse(query or "?")[0])
            changed = {control: new for control, new in tab.set_controls(address).items() if had.get(control) != new}
            return changed | tab.show(address, tuple(problems))

        return {**self._address(address), **self._steady(made)}

    def _steady(self, make: Callable[[], Updates]) -> Updates:
        """What `make` gives, made again where something was stored meanwhile; at most TRIES times."""
        for _ in range(TRIES):
            before, made = self.generation(), make()
            if self.generation() == before:
                break
        return made

    def _address(self, address: Address) -> Updates:
        return {self.state: address.query(), self.navigation: address.query()}

    def listen(self, tab: Tab) -> None:
        """Let the links within a tab and each of its controls change its page.

        They touch nothing outside the tab: a browser takes longer to hear what stays as it is elsewhere than to show a page.
        """
        outputs = [*self.frame[1:], *tab.parts, *tab.controls.values()]

        def within(query: str | None, event: gr.EventData) -> Updates:
            return self._within(tab, query, event)

        getattr(self.navigation, f"in_{tab.name}")(within, self.state, outputs, **quiet(self.state))
        if not tab.controls:
            return
        names = list(tab.controls)

        def changed(query: str | None, *values: Any) -> Any:
            here = parse(query or "?")[0]
            if here.tab != tab.name:
                # A box says that it changed when it appears, too, and then another page is shown.
                return gr.skip()
            address = tab.read(here, dict(zip(names, values, strict=True)))
            if address.to(page=1) == here.to(page=1):
                # A box that the page itself filled in: what it says is shown already.
                return gr.skip()
            return {**self._address(address), **self._steady(lambda: tab.show(address, ()))}

        events = [event for control in tab.controls.values() for event in _events(control)]
        gr.on(events, changed, [self.state, *tab.controls.values()], outputs, **quiet(self.state))


def _events(control: Component) -> list[Any]:
    """What says that a reader set a control. Text that is pasted is a change and no input; a number changes when it appears."""
    if isinstance(control, gr.Textbox):
        return [control.change]
    return [control.input, control.blur] if isinstance(control, gr.Number) else [control.input]  # type: ignore[attr-defined]
