"""What it costs a browser to open a page: bytes, requests, time to what it is about, and how far parts of it move meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from readers.actions import PATIENCE, WIDE

VIEWS: Final = {
    "board": ("", "#board-table tbody th"),
    "tasks": ("?tab=tasks", "#tasks-page a"),
    "one task": ("?tab=tasks&task=counsel_stigma_plain", ".example-item"),
    "history": ("?tab=history", ".changes li"),
    "judge": ("?tab=judge", "#judge-page h2"),
    "datasets": ("?tab=datasets", "#datasets-page tbody th"),
    "submit": ("?tab=submit", "#submit-form input"),
}
"""Of each view the address, and what its reader waits for."""
SHIFTS: Final = """window.shifts = 0; new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


@dataclass(frozen=True)
class PageCost:
    """Bytes that were sent, the number of answers, seconds until the reader sees it, and the sum of layout shifts."""

    sent: int
    answers: int
    seconds: float
    shifts: float


def cost(browser: Browser, address: str, view: str) -> PageCost:
    """The cost of opening a view in an empty browser."""
    query, awaited = VIEWS[view]
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]})
    page = context.new_page()
    wire, sizes = context.new_cdp_session(page), list[int]()
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    page.add_init_script(SHIFTS)
    start = time.perf_counter()
    page.goto(address + query)
    page.locator(awaited).first.wait_for(timeout=PATIENCE)
    seconds = time.perf_counter() - start
    page.wait_for_timeout(1500)
    taken = PageCost(sum(sizes), len(sizes), seconds, float(page.evaluate("window.shifts")))
    context.close()
    return taken


def axe_findings(browser: Browser, address: str, script: Path) -> list[str]:
    """What axe-core finds on the views, of any impact, light and dark: view, rule, impact and element."""
    findings = []
    rules = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
    for scheme in ("light", "dark"):
        page = browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]}, color_scheme=scheme)  # type: ignore[arg-type]
        for view, (query, awaited) in VIEWS.items():
            page.goto(address + query)
            page.locator(awaited).first.wait_for(timeout=PATIENCE)
            page.wait_for_timeout(1000)
            page.evaluate(script.read_text("utf-8"))
            for violation in page.evaluate("rules => axe.run(rules).then(done => done.violations)", rules):
                elements = ", ".join(node["html"][:80] for node in violation["nodes"])
                findings.append(f"{view}, {scheme}: {violation['id']} ({violation['impact']}): `{elements}`")
        page.close()
    return findings
