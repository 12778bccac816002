"""Recorded sessions in a real Chromium: each folds by itself, a turn has a link, what is withheld does not reach the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from counsel_leaderboard.leaderboard.store.database import Store
from tests.space.browser.chromium import CHROMIUM, Browsers, browsers, picture
from tests.support.recorded_sessions import session_item, session_run
from tests.support.serve_command import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]

MARKER = "MARKERFOLDEDGARNET"
OPTIONS = {"record": "recorded/toy/Talker", "source": "someone/talks", "commit": "c" * 40, "answered": "2025-03-04"}


@pytest.fixture
def talker(tmp_path: Path) -> tuple[Path, str]:
    """A home with three sessions, one of them withheld; and the run."""
    items = [
        session_item(0, risk=True, harm_free=False, words=f"Fly away. {MARKER}"),
        session_item(1, risk=True, harm_free=True, words="Which colour was it?"),
        session_item(2, risk=False, harm_free=None, words="Was it large?"),
    ]
    with Store.open(tmp_path / "home") as store:
        return tmp_path / "home", session_run(tmp_path / "home", store, OPTIONS, items)


@pytest.fixture
def open_page(playwright: Playwright, talker: tuple[Path, str], tmp_path: Path) -> Iterator[Browsers]:
    with serving(talker[0]) as at, browsers(playwright, f"{at}/", tmp_path) as opened:
        yield opened


def test_sessions_fold_one_by_one_and_a_turn_has_a_link(open_page: Browsers, talker: tuple[Path, str]) -> None:
    page = open_page(f"?tab=model&suite=upstream&run={talker[1]}&task=recorded_sessions")
    notes = page.locator("details.content")
    expect(notes).to_have_count(2)
    expect(page.locator(".transcript")).to_have_count(3)
    expect(page.get_by_text("Which colour was it?")).to_be_hidden()
    assert MARKER not in page.content()
    notes.first.locator("summary").click()
    expect(page.locator("ol.session li:visible")).to_have_count(2)  # of the first alone
    picture(page, "sessions")
    page.locator("details.content[open] ol.session li a").nth(1).click()
    expect(page).to_have_url(re.compile(r"item=s\d.*turn=2"))
    expect(notes).to_have_count(1)
    expect(page.locator("li.turn.chosen")).to_have_count(1)
    expect(notes.locator("summary")).to_contain_text("Turn 2 is marked")
