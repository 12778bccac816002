"""Chromium for the browser tests: pages that fail the test when anything in them goes wrong, and pictures of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, expect

from tests.support.paths import ROOT

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
AXE = Path(os.environ.get("COUNSEL_AXE", "/nonexistent"))
PICTURES = Path(os.environ.get("COUNSEL_PICTURES", ROOT / "artefacts"))
PATIENCE = int(os.environ.get("COUNSEL_PATIENCE", "60000"))  # milliseconds; the machine may be busy


class Browsers:
    """Opens pages of one address, each in a browser of its own; `wrong` collects what went wrong in any of them."""

    def __init__(self, playwright: Playwright, address: str, folder: Path) -> None:
        self.playwright, self.address, self.folder = playwright, address, folder
        self.contexts: list[BrowserContext] = []
        self.wrong: list[str] = []

    def __call__(self, query: str = "", *, dark: bool = False, width: int = 1400, height: int = 900) -> Page:
        context = self.playwright.chromium.launch_persistent_context(
            str(self.folder / f"profile{len(self.contexts)}"),
            executable_path=str(CHROMIUM),
            args=FLAGS,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        context.on("page", self._watch)
        page = context.pages[0]
        self._watch(page)
        page.goto(self.address + query)
        page.wait_for_selector(".masthead")
        return page

    def _watch(self, page: Page) -> None:
        page.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("request", lambda sent: None if self._ours(sent.url) else self.wrong.append(sent.url))

    def _ours(self, url: str) -> bool:
        return url.startswith((self.address, "data:", "blob:"))


@contextmanager
def browsers(playwright: Playwright, address: str, folder: Path) -> Iterator[Browsers]:
    """Browsers that are closed in the end; nothing may have gone wrong in any of them."""
    browsers = Browsers(playwright, address, folder)
    try:
        yield browsers
    finally:
        for context in browsers.contexts:
            context.close()
    assert browsers.wrong == []


def picture(page: Page, name: str) -> None:
    """A picture of the whole page for people to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(300)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def violations(page: Page) -> list[Any]:
    """What axe-core finds on a page, of any impact: rule, impact, element, and what is wrong."""
    page.evaluate(AXE.read_text("utf-8"))
    # The size of targets is a rule of WCAG 2.2 that axe-core leaves out unless it is asked for.
    rules = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
    return [
        (violation["id"], violation["impact"], node["html"][:120], node["failureSummary"][:200])
        for violation in page.evaluate("rules => axe.run(rules).then(done => done.violations)", rules)
        for node in violation["nodes"]
    ]


def ready(page: Page) -> Page:
    """The page, once the server's answer is drawn on it."""
    page.wait_for_function("() => 'ready' in document.documentElement.dataset")
    page.wait_for_timeout(300)
    return page
