"""Links in a real Chromium: each view's title, copying a link, and better to the right in every picture."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.space.browser.chromium import CHROMIUM, Browsers, picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]
SITE = "Counsel: a leaderboard of counseling LLMs in English"


def test_the_title_follows_the_reader_and_back(open_page: Browsers) -> None:
    page = open_page()
    expect(page).to_have_title(SITE)
    page.get_by_role("link", name="elm/Listener-70B").first.click()
    expect(page).to_have_title("elm/Listener-70B · Counsel")
    page.get_by_role("tab", name="Judge").click()
    expect(page).to_have_title("Judge · Counsel")
    expect(page.get_by_text("A judge takes an exam").first).to_be_visible()
    page.go_back()
    expect(page).to_have_title("elm/Listener-70B · Counsel")


def test_a_link_is_copied_and_the_footer_cites(open_page: Browsers) -> None:
    page = open_page("?tab=judge", width=390)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copied")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.locator(".page-footer summary").click()
    expect(page.locator("#citation")).to_contain_text("Version")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_lower_value_stands_to_the_right_where_lower_is_better(open_page: Browsers) -> None:
    page = open_page("?plot=counsel_stigma_plain&sort=counsel_stigma_plain")
    page.locator("table.apart").wait_for()
    rows = page.locator("table.apart tbody tr:not(.axis)")
    dots = [rows.nth(number).locator(".dot").bounding_box()["x"] for number in range(rows.count())]  # type: ignore[index]
    values = [float(rows.nth(number).locator(".figure b").inner_text()) for number in range(rows.count())]
    assert values == sorted(values)
    assert dots == sorted(dots, reverse=True)
    board = page.locator("#board-table tbody tr")
    places = board.evaluate_all(
        """rows => rows.map(row => [...row.querySelectorAll("td.score")].find(cell =>
            cell.querySelector("a").href.includes("counsel_stigma_plain"))?.querySelector(".dot")).filter(Boolean)
            .map(dot => dot.getBoundingClientRect().x)"""
    )
    assert len(places) > 5
    assert places == sorted(places, reverse=True)
    expect(page.locator("table.apart .ends").first).to_have_text("1 worse0.5better 0")
    picture(page, "directions")
