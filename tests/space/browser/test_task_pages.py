"""Tasks, their items by model, and the history in a real Chromium, reached by clicks from the start page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.space.browser.chromium import CHROMIUM, Browsers, picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]

ROWS = "#board-table tbody tr"


def on_screen(page: Page, selector: str) -> None:
    """Wait until the first of these is where a reader sees it."""
    expect(page.locator(selector).first).to_be_in_viewport()


def test_a_number_leads_to_the_reason_of_an_answer_that_counts(open_page: Browsers) -> None:
    page = open_page("?sort=model")
    page.locator(ROWS, has_text="elm/Listener-70B").locator('a[href*="task=counsel_stigma_plain"]').first.click()
    expect(page.locator(".transcript").first).to_be_visible()
    on_screen(page, "#model-bottom #transcripts")
    on_screen(page, ".transcript .why-score")
    expect(page.locator(".transcript .why-score").first).to_contain_text("Why:")


def test_an_answer_has_an_address_that_opens_at_it(open_page: Browsers, ids: dict[str, str]) -> None:
    page = open_page(f"?tab=model&run={ids['elm/Listener-70B']}&task=counsel_stigma_plain")
    links = page.locator(".transcript a.permalink[aria-label]")
    expect(links).to_have_count(10)
    links.nth(3).click()
    expect(links).to_have_count(1)
    item = page.locator(".transcript h4 a").first.inner_text()
    shared = page.url
    assert "item=" in shared
    other = open_page(shared.removeprefix(open_page.address))
    expect(other.locator(".transcript h4 a").first).to_have_text(item)
    on_screen(other, ".transcript .why-score")


def test_a_task_is_reached_by_clicks_and_a_cell_opens_two_answers(open_page: Browsers) -> None:
    page = open_page()
    expect(page.locator(ROWS).first).to_be_visible()
    page.get_by_role("tab", name="Tasks").click()
    page.locator("#tasks-page").get_by_role("link", name="Stigma", exact=True).click()
    expect(page).to_have_url(re.compile("tab=tasks.*task=counsel_stigma_plain"))
    expect(page.locator("#tasks-page h2")).to_have_text("Stigma")
    on_screen(page, "#tasks-page .example-item")
    picture(page, "task")
    page.locator("table.heat.items tbody tr").first.locator("td a").nth(2).click()
    expect(page.locator("#tasks-page .session-sides article.transcript")).to_have_count(2)
    on_screen(page, "#sides")
    expect(page).to_have_url(re.compile("item=.*"))
    picture(page, "two-answers")
    page.go_back()
    expect(page.locator("#tasks-page .session-sides")).to_have_count(0)


def test_the_history_is_chosen_by_kind(open_page: Browsers) -> None:
    page = open_page()
    expect(page.locator(ROWS).first).to_be_visible()
    page.get_by_role("tab", name="History").click()
    expect(page.locator(".changes li").first).to_be_visible()
    page.locator("#history-page .chips").get_by_text("judges").click()
    expect(page).to_have_url(re.compile("event=judge"))
    expect(page.locator(".changes li").first).to_contain_text("judged for the first time")


@pytest.mark.parametrize("width", [360, 390, 768, 1440, 2560])
def test_no_page_scrolls_sideways(open_page: Browsers, ids: dict[str, str], width: int) -> None:
    pair = f"{ids['elm/Listener-70B']},{ids['quiet/Reflect-3B']}"
    queries = {
        "?tab=tasks": "#tasks-page",
        f"?tab=tasks&task=counsel_stigma_plain&item=stigma-03/work&runs={pair}": "#tasks-page",
        "?tab=history": "#history-page",
        "?tab=judge": "#judge-page",
        f"?tab=model&run={ids['elm/Listener-70B']}": "#model-top",
    }
    page = open_page("", width=width)
    for query, part in queries.items():
        page.goto(open_page.address + query)
        expect(page.locator(f"{part} h2").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, query
