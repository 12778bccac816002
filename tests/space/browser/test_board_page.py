"""The board in a real Chromium: how much of it is on a screen, at which widths, and what a reader's choice does."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.space.browser.chromium import CHROMIUM, Browsers, picture

ROWS = "#board-table .dense tbody tr:has(th.model)"
ON_SCREEN = (
    "rows => rows.map(row => row.getBoundingClientRect()).filter(box => box.top >= 0 && box.bottom <= innerHeight).length"
)
HEIGHTS = "rows => rows.map(row => row.getBoundingClientRect().height)"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]


def ready(page: Page) -> Page:
    page.locator(ROWS).first.wait_for()
    return page


def test_ten_models_stand_on_a_screen_and_five_on_a_phone(open_page: Browsers) -> None:
    wide = ready(open_page("?controls=yes", width=1440, height=900))
    assert wide.locator(ROWS).evaluate_all(ON_SCREEN) >= 10
    assert set(wide.locator(ROWS).evaluate_all(HEIGHTS)) == {40}
    small = ready(open_page(width=360, height=740))
    assert small.locator(ROWS).evaluate_all(ON_SCREEN) >= 5
    phone = ready(open_page(width=390, height=844))
    assert phone.locator(ROWS).evaluate_all(ON_SCREEN) >= 5
    picture(wide, "board-wide")
    picture(phone, "board-short-phone")


def test_the_answer_for_a_use_leaves_room_for_a_model_on_a_phone(open_page: Browsers) -> None:
    page = ready(open_page(width=390, height=844))
    page.get_by_role("link", name="A support line").click()
    findings = page.locator(".found .findings")
    expect(findings).not_to_have_attribute("open", "")
    page.wait_for_function(f"() => ({ON_SCREEN})([...document.querySelectorAll('#board-table tr:has(th.model)')]) >= 1")
    picture(page, "board-use-phone")
    findings.locator("summary").click()
    expect(findings.get_by_role("link", name="Critical situations")).to_be_visible()


def test_the_head_of_a_column_leads_to_the_page_of_its_task(open_page: Browsers) -> None:
    page = ready(open_page())
    page.get_by_role("link", name="All about “Stigma”", exact=True).click()
    expect(page).to_have_url(re.compile("tab=tasks.*task=counsel_stigma_plain"))
    expect(page.locator("#tasks-page .example-item").first).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="What is “Stigma”?", exact=True).click()
    page.locator("#what-counsel_stigma_plain").get_by_role("link", name="All about this task").click()
    expect(page).to_have_url(re.compile("tab=tasks.*task=counsel_stigma_plain"))
    expect(page.locator("#what-counsel_stigma_plain")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 390, 768, 1440, 2560])
def test_only_tables_scroll_sideways(open_page: Browsers, width: int) -> None:
    page = open_page(width=width, height=900)
    for query in ("", "?use=support_line&runs_on=24", "?density=full&controls=yes", "?plot=counsel_stigma", "?suite=upstream"):
        page.goto(open_page.address + query)
        ready(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, query


def test_the_answer_for_a_use_is_one_click_away_and_back_takes_it_away(open_page: Browsers) -> None:
    page = ready(open_page(width=1440))
    page.get_by_role("link", name="A support line").click()
    expect(page).to_have_url(re.compile("use=support_line"))
    answer = page.locator(".found")
    expect(answer).to_contain_text("names no model for it")
    expect(answer).to_contain_text("people must stand behind every reply")
    columns = page.locator("#board-table .dense thead th[aria-sort] > a")
    expect(columns.nth(1)).to_contain_text("Critical situations")
    expect(page.locator("#board-table .dense")).not_to_contain_text("Telling the better reply")
    page.get_by_text("Narrow it").click()
    page.locator(".narrow").get_by_role("link", name="llama3.3").click()
    expect(page).to_have_url(re.compile("licence=llama3.3"))
    expect(page.locator(ROWS)).to_have_count(2)
    page.go_back()
    expect(page.locator(ROWS)).not_to_have_count(2)
    expect(page.locator(".found")).to_be_visible()
    page.go_back()
    expect(page.locator(".found")).to_have_count(0)
    expect(page.locator(ROWS)).to_have_count(9)


def test_how_much_a_row_shows_is_in_the_address(open_page: Browsers) -> None:
    page = ready(open_page())
    interval = page.locator(ROWS).first.locator("td.score .more").first
    expect(interval).to_be_hidden()
    page.get_by_role("button", name=re.compile("^Show all of")).first.click()
    expect(interval).to_be_visible()
    page.get_by_role("link", name="full", exact=True).click()
    expect(page).to_have_url(re.compile("density=full"))
    expect(page.locator(ROWS).nth(3).locator("td.score .more").first).to_be_visible()
    page.reload()
    expect(ready(page).locator(ROWS).nth(3).locator("td.score .more").first).to_be_visible()
    page.go_back()
    expect(page.locator(ROWS).nth(3).locator("td.score .more").first).to_be_hidden()


def test_the_head_and_the_names_stay_while_the_table_scrolls(open_page: Browsers) -> None:
    page = ready(open_page("?controls=yes&density=full", width=768, height=600))
    box = page.locator("#board-table .scroller").first
    before = page.locator("#board-table .dense thead th.pinned").bounding_box()
    box.evaluate("box => { box.scrollTop = 250; box.scrollLeft = 200; }")
    assert box.evaluate("box => [box.scrollTop, box.scrollLeft]") == [250, 200]
    assert page.locator("#board-table .dense thead th.pinned").bounding_box() == before


def test_on_a_phone_the_column_of_the_order_stands_beside_the_names(open_page: Browsers) -> None:
    page = ready(open_page("?sort=counsel_trajectory_rating", width=390, height=844))
    names = page.locator("#board-table .dense thead th.pinned").bounding_box()
    expect(page.locator("#board-table th.sorted")).to_be_in_viewport()
    column = page.locator("#board-table th.sorted").bounding_box()
    assert names is not None
    assert column is not None
    assert abs(column["x"] - names["x"] - names["width"]) < 4


def test_on_a_phone_the_open_tab_is_in_its_row(open_page: Browsers) -> None:
    page = open_page("?tab=host", width=390, height=844)
    expect(page.get_by_role("tab", name="Host")).to_be_in_viewport(ratio=0.9)


def test_a_measure_is_explained_where_it_stands(open_page: Browsers) -> None:
    page = ready(open_page())
    page.get_by_role("button", name="What is “Following distress”?").press("Enter")
    words = page.locator("#what-counsel_trajectory_rating")
    expect(words).to_be_visible()
    expect(words).to_contain_text("concordance correlation coefficient (CCC)")
    page.keyboard.press("Escape")
    expect(words).to_be_hidden()


def test_dark_or_light_lasts(open_page: Browsers) -> None:
    page = ready(open_page())
    expect(page.locator("body")).not_to_have_class(re.compile("dark"))
    page.get_by_role("button", name="Dark or light").click()
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    for query in ("", "?tab=about"):
        page.goto(open_page.address + query)
        page.wait_for_selector(".masthead")
        expect(page.locator("body")).to_have_class(re.compile("dark"))
    page.get_by_role("button", name="Dark or light").click()
    page.emulate_media(color_scheme="dark")  # the reader's own choice outlives the system's
    page.reload()
    page.wait_for_selector(".masthead")
    expect(page.locator("body")).not_to_have_class(re.compile("dark"))


def test_scores_stand_against_size(open_page: Browsers) -> None:
    page = ready(open_page("?sort=counsel_preference_rank"))
    plot = page.locator(".plot svg")
    expect(plot.locator("circle")).to_have_count(6)
    plot.get_by_label(re.compile("^elm/Listener-8B: 8B")).locator("circle").click()
    expect(page).to_have_url(re.compile("tab=model.*task=counsel_preference_rank"))
