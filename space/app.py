"""The app: tabs, and the one way by which an address becomes a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import gradio as gr
from fastapi import FastAPI

from leaderboard.store import Store
from space import static_files
from space.address import Address, TabName, parse
from space.pages import render
from space.reading import Reader
from space.routes import router
from space.tabs import about, board, compare, datasets, judge, model
from space.tabs.base import Tab, Updates
from space.theme import theme

TITLES: Final[dict[TabName, str]] = {
    "board": "Board",
    "model": "Model",
    "compare": "Compare",
    "datasets": "Datasets",
    "judge": "Judge",
    "about": "About",
}
BUILD: Final[dict[TabName, Callable[[Reader], Tab]]] = {
    "board": board.build,
    "model": model.build,
    "compare": compare.build,
    "datasets": datasets.build,
    "judge": judge.build,
    "about": about.build,
}
READ: Final[dict[TabName, Callable[[Address, dict[str, Any]], Address]]] = {
    "board": board.read_controls,
    "model": model.read_controls,
    "compare": compare.read_controls,
    "datasets": datasets.read_controls,
}
QUIET: Final[dict[str, Any]] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}


def create_app(store: Store) -> FastAPI:
    """The server of one open store: health and exports, and the pages at "/"."""
    reader = Reader(store)
    app = FastAPI(title="Counsel", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router(reader))
    blocks = build(reader)
    gr.mount_gradio_app(
        app,
        blocks,
        "/",
        theme=theme(),
        css_paths=static_files.CSS,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        show_error=False,
    )
    return app


def build(reader: Reader) -> gr.Blocks:
    """The pages as Gradio Blocks."""
    blocks: gr.Blocks
    with gr.Blocks(title="Counsel: a leaderboard of counseling LLMs", analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(render("header.html"), apply_default_css=False)
        query = gr.Textbox(visible=False)
        state = gr.State("?")
        navigation = gr.HTML("?", html_template="<span></span>", js_on_load=static_files.script("navigate.js"))
        tabs: dict[TabName, Tab] = {}
        with gr.Tabs(elem_id="tabs") as bar:
            items = {}
            for name, make in BUILD.items():
                with gr.Tab(TITLES[name], id=name) as items[name]:
                    tabs[name] = make(reader)
        pages = _Pages(tabs, bar, state, navigation)
        blocks.load(pages.load, query, pages.everything, js="() => window.location.search || '?'", **QUIET)
        navigation.go(pages.go, None, pages.everything, **QUIET)
        for name, item in items.items():
            item.select(pages.chosen(name), state, pages.everything, **QUIET)
            pages.listen(tabs[name])
    return blocks


class _Pages:
    """Turns an address into updates of the page. Every event ends here."""

    def __init__(self, tabs: dict[TabName, Tab], bar: gr.Tabs, state: gr.State, navigation: gr.HTML) -> None:
        self.tabs, self.bar, self.state, self.navigation = tabs, bar, state, navigation
        self.frame = [bar, state, navigation]
        self.everything = [*self.frame, *(part for tab in tabs.values() for part in (*tab.parts, *tab.controls.values()))]

    def load(self, query: str) -> Updates:
        """The page of a query."""
        address, problems = parse(query or "?")
        return self._page(address, problems)

    def go(self, event: gr.EventData) -> Updates:
        """The page to which a link leads."""
        return self.load(str(event.query))

    def chosen(self, name: TabName) -> Callable[[str], Updates]:
        """A click on a tab: nothing where its page is shown already, else the tab's page, suite and run kept."""

        def choose(query: str) -> Updates:
            here, _ = parse(query)
            if here.tab == name:
                return {self.state: query}
            return self._page(Address(tab=name, suite=here.suite, run=here.run, runs=here.runs), ())

        return choose

    def _page(self, address: Address, problems: Sequence[str]) -> Updates:
        tab = self.tabs[address.tab] if address.tab in self.tabs else self.tabs["board"]
        shown = tab.set_controls(address) | tab.show(address, tuple(problems))
        return {self.bar: gr.Tabs(selected=tab.name), **self._address(address), **shown}

    def _address(self, address: Address) -> Updates:
        return {self.state: address.query(), self.navigation: address.query()}

    def listen(self, tab: Tab) -> None:
        """Let each control of a tab change its page."""
        if not tab.controls:
            return
        names = list(tab.controls)

        def changed(query: str, *values: Any) -> Updates:
            address = READ[tab.name](parse(query)[0].to(tab=tab.name), dict(zip(names, values, strict=True)))
            return {**self._address(address), **tab.show(address, ())}

        events = [control.input for control in tab.controls.values()]  # type: ignore[attr-defined]
        gr.on(events, changed, [self.state, *tab.controls.values()], [*self.frame[1:], *tab.parts], **QUIET)
