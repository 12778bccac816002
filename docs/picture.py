"""`python -m docs.picture HOME`: the picture of the README, the board of a home after `counsel demo --once`, in light colours.

It shows names, scores and the page's own words; transcripts, with text of others, are on other pages. Needs Chromium.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from benchmarks.counsel_serve import serving

FILE: Final = Path(__file__).with_name("board.png")
CHROMIUM: Final = "/usr/bin/chromium"
WIDTH, HEIGHT = 1200, 1340


def take(home: Path, file: Path = FILE) -> None:
    """Write the picture of the page that opens first, `WIDTH` by `HEIGHT` pixels from its top."""
    with serving(home) as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(f"{address}/?suite=upstream&controls=no")
        page.wait_for_selector("table.board")
        page.wait_for_timeout(1000)  # fonts and the frame's transition
        page.screenshot(path=file)
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
