"""The app: a FastAPI server with the tabs as Gradio pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount

from counsel_leaderboard.leaderboard.api import PREFIX, routes
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.space.address import TabName
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.navigation import Pages
from counsel_leaderboard.space.server import static_files
from counsel_leaderboard.space.server.gradio_guard import GradioGuard
from counsel_leaderboard.space.server.http_rules import HttpRules, HttpRulesMiddleware, server_error
from counsel_leaderboard.space.server.page_head import PageHead
from counsel_leaderboard.space.server.routes import router
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.services.report_service import FORM_BYTES
from counsel_leaderboard.space.services.submission_service import SubmissionService
from counsel_leaderboard.space.tabs import (
    about,
    board,
    compare,
    datasets,
    history,
    host,
    judge,
    model,
    queue,
    skills,
    submit,
    tasks,
    topics,
)
from counsel_leaderboard.space.tabs.base import Tab, quiet
from counsel_leaderboard.space.theme import theme
from counsel_leaderboard.space.views import footer as footers
from counsel_leaderboard.space.views import heads

# Gradio holds the components that a visitor's page has changed, for so many visitors.
MAX_SESSIONS: Final = 500
# Not the 40 threads that the other routes share: an event may wait for the Hub.
EVENT_THREADS: Final = 24
TITLES: Final[dict[TabName, str]] = {
    "board": "Board",
    "model": "Model",
    "compare": "Compare",
    "tasks": "Tasks",
    "submit": "Submit",
    "queue": "Queue",
    "history": "History",
    "datasets": "Datasets",
    "judge": "Judge",
    "topics": "Topics",
    "skills": "Skills",
    "about": "About",
    "host": "Host",
}
BUILD: Final[dict[TabName, Callable[[BoardReader, SubmissionService], Tab]]] = {
    "board": lambda reader, _: board.build(reader),
    "model": lambda reader, _: model.build(reader),
    "compare": lambda reader, _: compare.build(reader),
    "tasks": lambda reader, _: tasks.build(reader),
    "submit": lambda _, service: submit.build(service),
    "queue": lambda _, service: queue.build(service),
    "history": lambda reader, _: history.build(reader),
    "datasets": lambda reader, _: datasets.build(reader),
    "judge": lambda reader, _: judge.build(reader),
    "topics": lambda reader, _: topics.build(reader),
    "skills": lambda reader, _: skills.build(reader),
    "about": lambda reader, _: about.build(reader),
    "host": lambda _, service: host.build(service),
}


def create_app(
    store: Store, settings: ServerSettings | None = None, *, signs_in: bool = False, rules: HttpRules | None = None
) -> FastAPI:
    """The server of one open store: health, exports and the API under `/api/v1`, and the pages at "/".

    settings: the host's rules for submissions and workers; without them no token is set and such calls are refused.
    signs_in: submitting takes a Hugging Face account, as Gradio's login gives it on a Space. rules: for every call; by default
    any host may be named, and no page may frame it.
    """
    reader, settings = BoardReader(store), settings or ServerSettings()
    # FastAPI's two pages that show the OpenAPI document load scripts from elsewhere; the document itself does not.
    app = FastAPI(title="Counsel", docs_url=None, redoc_url=None, openapi_url=f"{PREFIX}/openapi.json")
    rules = rules or HttpRules(proxies=settings.proxies)
    app.add_middleware(HttpRulesMiddleware, rules=rules)
    app.add_exception_handler(Exception, server_error(rules))
    app.include_router(router(reader))
    app.include_router(routes(store, settings))
    blocks, _ = build(reader, SubmissionService(store, settings, signs_in=signs_in))
    blocks.state_session_capacity, blocks.max_threads = MAX_SESSIONS, EVENT_THREADS
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
        max_file_size=FORM_BYTES,
    )
    # Gradio holds the paths in a call against its folder of uploads only once it was launched, and mounting is no launch.
    blocks.has_launched = True
    mount = cast(Mount, app.routes[-1])
    guard = GradioGuard(mount.app, blocks, signs_in=signs_in, upload_bytes=FORM_BYTES, proxies=settings.proxies)
    mount.app = PageHead(guard, lambda address: heads.of_view(reader, address))
    return app


def build(reader: BoardReader, service: SubmissionService) -> tuple[gr.Blocks, Pages]:
    """The app as Gradio Blocks, and what turns an address into its pages."""
    blocks: gr.Blocks
    with gr.Blocks(title=heads.SITE, analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(render("header.html"), apply_default_css=False)
        tabs: dict[TabName, Tab] = {}
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as bar:
            items = {}
            for name, make in BUILD.items():
                with gr.Tab(TITLES[name], id=name) as items[name]:
                    gr.HTML(f'<h2 class="hidden">{TITLES[name]}</h2>', apply_default_css=False, elem_classes="panel-title")
                    tabs[name] = make(reader, service)
        footer = gr.HTML(apply_default_css=False)
        query, state = gr.Textbox(visible=False), gr.State("?")
        navigation = gr.HTML("?", html_template="<span></span>", js_on_load=static_files.script("arrive.js", "navigate.js"))
        pages = Pages(
            tabs, bar, state, navigation, lambda: reader.store.generation, reader.opening_suite,
            footer, lambda address: footers.html(reader.suite(address.suite), source_url=service.settings.source_url),
        )  # fmt: skip
        blocks.load(pages.opened, query, pages.everything, js="() => window.location.search || '?'", **quiet(state))
        navigation.go(pages.go, None, pages.everything, **quiet(state))
        for name, item in items.items():
            item.select(None, None, None, js=f"() => window.counselTab?.('{name}')")
            pages.listen(tabs[name])
    # Gradio's button for signing in adds an event of its own, whose queue would use paths that the guard blocks.
    for event in blocks.fns.values():
        event.queue = False
    return blocks, pages
