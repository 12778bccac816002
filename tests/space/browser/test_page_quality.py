"""What can be said of every page by yes or no: axe-core, widths, heads, pictures, sizes of text and targets, nothing moves."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from counsel_leaderboard.space.address import TABS
from tests.space.browser.chromium import AXE, CHROMIUM, Browsers, ready, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]
WIDTHS = (360, 390, 768, 1440, 2560)
SHIFTS = """window.shifts = []; new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry.value);
}).observe({ type: "layout-shift", buffered: true });"""
SMALL_TEXT = """() => { let small = 0, all = 0;
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) { const node = walk.currentNode, parent = node.parentElement, long = node.data.trim().length;
        if (!long || !parent.offsetParent || parent.closest(".hidden, script, style")) continue;
        all += long; if (parseFloat(getComputedStyle(parent).fontSize) < 12) small += long; }
    return small / all; }"""
MISSING_SIZE = """() => [...document.images].filter(image => image.offsetParent)
    .filter(image => !(image.getAttribute("width") || image.style.width ||
    getComputedStyle(image).aspectRatio !== "auto" || image.closest("svg"))).map(image => image.outerHTML.slice(0, 100))"""
BAD_LINKS = """() => [...document.querySelectorAll("a")].filter(link => link.offsetParent)
    .filter(link => !/^(https?:|\\\\?|#|[a-z]|[/])/.test(link.getAttribute("href") || "") ||
        !(link.textContent.trim() || link.getAttribute("aria-label"))).map(link => link.outerHTML.slice(0, 100))"""


def views(ids: dict[str, str]) -> list[str]:
    """An address of each tab, and of the pages within them."""
    model, pair = ids["elm/Listener-8B"], f"{ids['elm/Listener-70B']},{ids['echo']}"
    queries = [f"?tab={tab}" for tab in TABS if tab not in ("board", "model", "compare")]
    deep = [
        "?tab=tasks&task=counsel_psyllm",
        "?tab=datasets&card=open-stigma",
        "?use=support_line",
        "?density=full&controls=yes",
    ]
    return [
        "",
        *queries,
        f"?tab=model&run={model}",
        f"?tab=compare&runs={pair}",
        f"?tab=model&run={model}&task=counsel_response",
        *deep,
    ]


def visit(browsers: Browsers, page: Page, query: str) -> Page:
    page.goto(browsers.address + query)
    return ready(page)


@pytest.mark.skipif(not AXE.is_file(), reason="set COUNSEL_AXE to axe-core's axe.min.js (npm install axe-core)")
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(open_page: Browsers, ids: dict[str, str], dark: bool) -> None:
    page = open_page(dark=dark)
    bad = [(query, *violation) for query in views(ids) for violation in violations(visit(open_page, page, query))]
    page.set_viewport_size({"width": 390, "height": 844})
    bad += [
        (query, *violation) for query in ("", "?use=support_line") for violation in violations(visit(open_page, page, query))
    ]
    assert bad == []


def test_no_page_scrolls_sideways_at_any_width(open_page: Browsers, ids: dict[str, str]) -> None:
    page = open_page()
    wide = []
    for query in views(ids):
        visit(open_page, page, query)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(100)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((query, width))
    assert wide == []


def test_each_page_says_what_it_is_and_has_sound_links_and_pictures(open_page: Browsers, ids: dict[str, str]) -> None:
    page = open_page(width=390, height=844)
    heads = []
    for query in views(ids):
        visit(open_page, page, query)
        assert page.locator("html").get_attribute("lang") == "en"
        viewport = page.locator('meta[name="viewport"]').get_attribute("content") or ""
        assert "width=device-width" in viewport
        assert "user-scalable" not in viewport
        description = page.locator('meta[name="description"]').get_attribute("content") or ""
        assert 20 < len(description) <= 300, query
        assert page.locator("h1").count() == 1, query
        assert page.evaluate("document.compatMode") == "CSS1Compat"
        assert page.evaluate(MISSING_SIZE) == [], query
        assert page.evaluate(BAD_LINKS) == [], query
        assert page.evaluate(SMALL_TEXT) < 0.4, query
        if query.startswith("?tab=") and "task=counsel_response" not in query:
            heads.append((page.title(), description))
    assert len(set(heads)) == len(heads)


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_nothing_moves_while_a_page_comes(open_page: Browsers, ids: dict[str, str], size: tuple[int, int]) -> None:
    page = open_page(width=size[0], height=size[1])
    page.add_init_script(SHIFTS)
    moved = {}
    for query in views(ids):
        visit(open_page, page, query)
        page.wait_for_timeout(500)
        if (sum_of := page.evaluate("window.shifts.reduce((all, shift) => all + shift, 0)")) > 0.1:
            moved[query] = sum_of
    assert moved == {}
