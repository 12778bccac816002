"""The pages in a real Chromium: what a reader does, and that nothing goes wrong meanwhile. Pictures go to artefacts/."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from counsel_leaderboard.registry.cards.catalog import cards
from tests.space.browser.chromium import CHROMIUM, Browsers, picture
from tests.support.homes import GATED_MARKER, HOSTILE, WITHHELD_MARKER

LISTEN = """
window.heard = [];
const ask = window.fetch;
window.fetch = async (...asked) => {
    const answer = await ask(...asked);
    const read = async (stream, decoder) => {
        for await (const part of stream) window.heard.push(decoder.decode(part, { stream: true }));
    };
    // An event stream has no end to wait for, so it is heard piece by piece.
    const copy = answer.clone();
    if (copy.body) read(copy.body, new TextDecoder()).catch(() => {});
    return answer;
};
"""
"""Keeps every word that the page's scripts are sent in `window.heard`."""

SORTED = """(() => {
    const head = document.querySelector("#board-table th.sorted"), at = [...head.parentNode.children].indexOf(head);
    const rows = document.querySelectorAll("#board-table .dense tbody tr");
    return [...rows].map(row => row.children[at].querySelector("b")?.innerText);
})()"""
"""The scores in the column by which the board is sorted, from the top."""

ROWS = "#board-table tbody tr th.model a"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]


Open = Callable[..., Page]


def test_the_board_is_searched_sorted_and_switched(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(ROWS)).to_have_count(9)
    picture(page, "board")
    page.get_by_label("Search").fill("listener")
    expect(page.locator(ROWS)).to_have_count(2)
    expect(page).to_have_url(re.compile("q=listener"))
    page.get_by_label("Search").fill("")
    expect(page.locator(ROWS)).to_have_count(9)
    page.locator("#board-table thead a", has_text=re.compile(r"^\s*Stigma(?!,)")).click()
    expect(page).to_have_url(re.compile("sort=counsel_stigma_plain"))
    expect(page.locator('#board-table th[aria-sort="descending"]')).to_contain_text("Stigma")
    values = [float(text) for text in page.evaluate(SORTED) if text]
    assert len(values) > 5
    assert values == sorted(values)  # lower is better, and the best stands first
    page.get_by_text("Show scripted controls").click()
    expect(page.locator("#board-table tr.control")).to_have_count(3)
    expect(page).to_have_url(re.compile("sort=counsel_stigma_plain.*controls=yes|controls=yes.*sort=counsel_stigma_plain"))
    page.get_by_label("Upstream suite").click()
    expect(page.locator("#board-table tbody tr")).to_have_count(2)
    expect(page.get_by_text("upstream items, our instructions").first).to_be_visible()


def test_a_shared_address_restores_the_view_and_back_goes_back(open_page: Open) -> None:
    page = open_page("?q=harbor&sort=model&worst=yes&controls=yes")
    expect(page.locator(ROWS)).to_have_count(2)
    names = ["northwind/Harbor-7B-Instruct", "northwind/Harbor-1B-Instruct"]
    expect(page.locator(ROWS)).to_have_text(names, use_inner_text=True)  # waits: rows are there a moment before they are shown
    expect(page.get_by_label("Search")).to_have_value("harbor")
    expect(page.get_by_label("Show scripted controls")).to_be_checked()
    page.locator(ROWS).first.click()
    expect(page.locator("#model-top h2")).to_contain_text("northwind/Harbor-7B-Instruct")
    page.go_back()
    expect(page.locator(ROWS)).to_have_count(2)


def test_a_number_leads_to_its_transcripts(open_page: Open, ids: dict[str, str]) -> None:
    page = open_page("?sort=model")
    expect(page.locator(ROWS)).to_have_count(9)
    page.locator("#board-table tbody tr", has_text="elm/Listener-70B").locator("td.score a").nth(0).click()
    expect(page).to_have_url(re.compile(f"tab=model.*run={ids['elm/Listener-70B']}.*task=counsel_psyllm"))
    first = page.locator(".transcript").first
    expect(first).to_contain_text("I cannot let it go")
    expect(first).to_contain_text("What part comes back most?")
    expect(first).to_contain_text("It names the feeling first.")
    picture(page, "model")
    page.get_by_label("worst first").click()
    expect(page).to_have_url(re.compile("order=worst"))
    scores = [float(text.split()[-1]) for text in page.locator(".score-chip").all_inner_texts()]
    assert scores == sorted(scores)
    page.get_by_role("link", name=re.compile("^next")).click()
    expect(page.locator("#model-bottom .summary")).to_contain_text("11–18")


def test_risk_content_is_folded_behind_its_note(open_page: Open, ids: dict[str, str]) -> None:
    page = open_page(f"?tab=model&run={ids['elm/Listener-70B']}&task=counsel_response&order=best")
    first = page.locator(".transcript").first
    expect(first.get_by_text("Content note: thoughts of suicide")).to_be_visible()
    expect(first.get_by_text("I do not see how to go on")).to_be_hidden()
    first.locator("summary").first.press("Enter")
    expect(first.get_by_text("I do not see how to go on")).to_be_visible()


def test_models_are_compared(open_page: Open, ids: dict[str, str]) -> None:
    page = open_page(f"?tab=compare&runs={ids['elm/Listener-70B']},{ids['echo']}")
    expect(page.locator("#compare-page")).to_contain_text("Paired differences")
    expect(page.locator("#compare-page")).to_contain_text("elm/Listener-70B is better")
    picture(page, "compare")
    page.locator("#compare-page").get_by_text("read the transcript").first.click()
    expect(page.locator(".transcript")).to_have_count(1)


def test_datasets_are_found_and_read(open_page: Open) -> None:
    page = open_page("?tab=datasets")
    expect(page.locator("#datasets-page")).to_contain_text(f"{len(cards())} of {len(cards())} datasets")
    picture(page, "datasets")
    page.get_by_label("Find a dataset").fill("exposure")
    expect(page.locator("#datasets-page tbody tr")).not_to_have_count(len(cards()))
    page.locator("#datasets-page tbody th a").first.click()
    expect(page.locator("#datasets-page")).to_contain_text("Citation")
    picture(page, "dataset-card")


def test_tabs_are_reached_by_keyboard_and_have_addresses(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(ROWS)).to_have_count(9)  # what is chosen while the address is still being read would be undone
    for name in ("Judge", "About"):
        page.get_by_role("tab", name=name).press("Enter")
        expect(page).to_have_url(re.compile(f"tab={name.lower()}"))
        picture(page, name.lower())
    expect(page.get_by_text("If you need help now")).to_be_visible()
    page.get_by_role("tab", name="Board").press("Enter")
    expect(page.locator(ROWS)).to_have_count(9)


def test_hostile_text_stays_text(open_page: Open, ids: dict[str, str]) -> None:
    for query in ("", f"?tab=model&run={ids['hostile']}", f"?tab=compare&runs={ids['hostile']},{ids['echo']}", "?tab=judge"):
        page = open_page(query)
        expect(page.get_by_text(HOSTILE[:30], exact=False).first).to_be_visible()
        assert page.evaluate("window.hacked") is None
        assert page.locator("img[src=x]").count() == 0


def test_dark_mode_and_phone_width(open_page: Open, ids: dict[str, str]) -> None:
    dark = open_page("?controls=yes", dark=True)
    expect(dark.locator(ROWS)).to_have_count(12)
    picture(dark, "board-dark")
    background = dark.evaluate("getComputedStyle(document.querySelector('#board-table td')).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", background)[:3])) < 150
    for name, query in (("board", ""), ("model", f"?tab=model&run={ids['elm/Listener-8B']}"), ("datasets", "?tab=datasets")):
        phone = open_page(query, width=390, height=844)
        phone.wait_for_selector(".summary")
        # Only a table's own box scrolls sideways, never the page.
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        picture(phone, f"{name}-phone")


def test_the_model_column_stays_while_the_board_scrolls(open_page: Open) -> None:
    page = open_page(width=390, height=844)
    expect(page.locator(ROWS)).to_have_count(9)
    before = page.locator(ROWS).first.bounding_box()
    page.evaluate("document.querySelector('#board-table .scroller').scrollLeft = 300")
    after = page.locator(ROWS).first.bounding_box()
    assert before is not None
    assert after is not None
    assert before["x"] == after["x"]


def test_what_may_not_be_shown_never_reaches_the_browser(
    open_page: Browsers, full_home: tuple[Path, dict[str, str]], ids: dict[str, str]
) -> None:
    # Both markers are stored, or their absence would show nothing.
    stored = b"".join(file.read_bytes() for file in (full_home[0] / "runs").glob("*/samples_*.jsonl"))
    markers = (GATED_MARKER.encode(), WITHHELD_MARKER.encode())
    assert all(marker in stored for marker in markers)
    gated = f"?tab=model&suite=upstream&run={ids['upstream elm/Listener-70B']}&task=counsel_preference_rank"
    risky = f"?tab=model&run={ids['quiet/Reflect-3B']}&task=counsel_response"
    page = open_page()
    page.add_init_script(LISTEN)
    seen: list[bytes] = []
    for query, message in (
        (gated, "says redistribute: no"),
        (f"{risky}&order=worst", "Withheld"),
        (f"{risky}&p=2", "crit-10"),
    ):
        first = page.goto(open_page.address + query)
        assert first is not None
        expect(page.locator(".transcript").first).to_contain_text(message)
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        announced = "".join(page.evaluate("window.heard"))
        assert message in announced, "what the server sent is not what was listened to"
        seen += [first.body(), announced.encode(), page.content().encode(), page.url.encode()]
    for suite in ("open", "upstream"):
        page.goto(f"{open_page.address}?suite={suite}")
        for kind in ("CSV", "JSON", "PARQUET"):
            with page.expect_download() as download:
                page.locator("#board-table .exports").get_by_role("link", name=kind).click()
            seen.append(Path(download.value.path()).read_bytes())
    assert not [text[:80] for text in seen for marker in markers if marker in text]
