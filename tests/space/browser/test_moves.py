"""Moving about in a real Chromium: where the page stands and what has the focus, Back, the keyboard, choosing models."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.space.browser.chromium import CHROMIUM, Browsers

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]
NAME = "elm/Listener-70B"
# The answer to the next event comes late.
LATE = """() => { const ask = window.fetch; let calls = 0;
    window.fetch = async (...call) => {
        if (!String(call[0].url || call[0]).includes("predict")) return ask(...call);
        const late = ++calls === 1, answer = await ask(...call);
        if (late) await new Promise(done => setTimeout(done, 1500));
        return answer; }; }"""


def top(page: Page) -> int:
    return int(page.evaluate("Math.round(window.scrollY)"))


def test_a_name_leads_to_the_top_and_back_to_where_it_was(open_page: Browsers) -> None:
    page = open_page(height=500)
    link = page.get_by_role("link", name=NAME).first
    link.scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 60)")
    stood = top(page)
    assert stood > 0
    link.click()
    expect(page.locator(".model-page h2")).to_be_focused()
    assert top(page) == 0
    page.go_back()
    expect(page.get_by_role("link", name=NAME).first).to_be_focused()
    page.wait_for_function("y => Math.abs(window.scrollY - y) <= 1", arg=stood)


def test_a_number_leads_to_the_transcripts(open_page: Browsers) -> None:
    page = open_page()
    number = page.locator("#board-table td.score a[href*='task=']").first
    number.click()
    heading = page.locator("#transcripts")
    expect(heading).to_be_focused()
    page.wait_for_function("() => document.querySelector('#transcripts').getBoundingClientRect().top < 200")


def test_back_before_a_late_answer_stays_back(open_page: Browsers) -> None:
    page = open_page()
    page.get_by_role("link", name=NAME).first.wait_for()
    page.wait_for_timeout(500)
    page.evaluate(LATE)
    page.get_by_role("link", name=NAME).first.click()
    page.go_back()
    page.wait_for_timeout(3500)
    assert "tab=model" not in page.url
    expect(page.locator("#board-table")).to_be_visible()


def test_a_tab_chosen_while_the_page_comes_stays_chosen(open_page: Browsers) -> None:
    page = open_page()
    page.get_by_role("link", name=NAME).first.wait_for()
    page.add_init_script(f"({LATE})()")
    page.goto(open_page.address)
    page.get_by_role("tab", name="Judge").click()
    expect(page.get_by_text("A judge takes an exam").first).to_be_visible()
    page.wait_for_timeout(3000)
    expect(page.get_by_text("A judge takes an exam").first).to_be_visible()
    expect(page.get_by_role("tab", name="Judge")).to_have_attribute("aria-selected", "true")
    assert "tab=judge" in page.url


def test_the_keyboard_alone_reaches_the_content_and_the_tabs(open_page: Browsers) -> None:
    page = open_page()
    page.get_by_role("link", name=NAME).first.wait_for()
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    for _ in ("the helpline", "light or dark", "the tabs"):
        page.keyboard.press("Tab")
    expect(page.get_by_role("tab", name="Board")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Compare")).to_be_focused()
    page.keyboard.press("Enter")
    for name in ("listener", "reflect"):
        page.locator("#compare-search input, #compare-search textarea").focus()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator(".chosen")).to_contain_text(name, ignore_case=True)
    expect(page.locator("#sides")).to_be_focused()
    box = page.locator("#compare-choice").bounding_box()
    result = page.locator("#compare-page").bounding_box()
    assert box is not None
    assert result is not None
    assert box["y"] + box["height"] <= result["y"]


def test_what_is_typed_before_the_first_answer_stays(open_page: Browsers) -> None:
    page = open_page()
    page.get_by_role("link", name=NAME).first.wait_for()
    page.wait_for_timeout(500)
    page.evaluate(LATE)
    page.get_by_role("tab", name="Compare").click()
    box = page.locator("#compare-search").get_by_role("textbox")
    box.focus()
    page.keyboard.type("listener")
    page.locator("#compare-page .empty, #compare-page h2").first.wait_for()
    expect(page.locator("#compare-choice [data-typed]")).to_have_attribute("data-typed", "listener")
    expect(box).to_have_value("listener")
    page.locator("#compare-choice a[data-first]").click()
    expect(page.locator(".chosen")).to_contain_text("Listener")
    expect(box).to_have_value("")
    expect(page.locator("#compare-choice [data-typed]")).to_have_attribute("data-typed", "")
    expect(page.locator("#compare-choice .offered")).to_contain_text("Reflect")
