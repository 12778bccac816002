"""The Skills tab in a real Chromium: the table scrolls by itself, pictures open, a model's sentences unfold, on a phone too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from counsel_leaderboard.leaderboard.skills import result as results
from counsel_leaderboard.leaderboard.skills.scoring import score
from counsel_leaderboard.leaderboard.store.database import Store
from tests.space.browser.chromium import CHROMIUM, Browsers, browsers, picture
from tests.support.serve_command import serving
from tests.support.topics import store_talk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]

ASK, INTRODUCE = "What happened then? ", "Hello, my name is Ann and I am your counselor. "


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two coded models."""
    cases = [f"case{number}" for number in range(6)]
    folder = tmp_path / "home"
    store_talk(folder, "org/asks-and-has-quite-a-long-name", dict.fromkeys(cases, ASK * 2))
    store_talk(folder, "org/introduces", dict.fromkeys(cases, ASK + INTRODUCE))
    with Store.open(folder) as store:
        results.save(score(store, progress=lambda _: None), folder)
    return folder


@pytest.fixture
def open_page(playwright: Playwright, home: Path, tmp_path: Path) -> Iterator[Browsers]:
    with serving(home) as at, browsers(playwright, f"{at}/", tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(("width", "dark"), [(1400, False), (390, True)])
def test_the_table_the_pictures_and_a_models_sentences(open_page: Browsers, *, width: int, dark: bool) -> None:
    page = open_page("?tab=skills", width=width, dark=dark)
    expect(page.get_by_role("heading", name="What counselors do")).to_be_visible()
    pictures = page.locator(".multiples figure")
    expect(pictures.first).to_be_hidden()
    page.get_by_text("Pictures: each technique by itself").click()
    expect(pictures.first).to_be_visible()
    expect(pictures.first.locator(".bar .people").first).to_be_visible()
    # Wide tables scroll inside their own region, never the page.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture(page, f"skills-{width}")
    # From the table to the model's page, and there to its sentences.
    page.locator("table.skills thead a", has_text="org/introduces").first.click()
    expect(page).to_have_url(re.compile("tab=model"))
    section = page.get_by_role("region", name="What it does")
    row = section.locator("tr", has_text=re.compile("^open question"))
    sentence = row.get_by_text("What happened then?")
    expect(sentence).to_be_hidden()
    row.get_by_text("Sentences").click()
    expect(sentence).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    picture(page, f"skills-model-{width}")
