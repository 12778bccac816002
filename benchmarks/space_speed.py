"""The speed of the board and of a model's page in Chromium, beside a plain gr.Dataframe of the same size.

    python benchmarks/space_speed.py [--models 1000 10000] [--samples 20000]

Each time is the median of several repeats, in milliseconds: for a new page from navigation until the rows are visible, for an
action of a reader from its event to the first frame that shows the effect.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import gradio as gr
import polars as pl
from fastapi import FastAPI
from playwright.sync_api import Page, sync_playwright
from result_file import ResultFile, add_out_option
from space_home import fill

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.app import create_app
from counsel_leaderboard.space.services.board_reader import BoardReader
from tests.support.live_server import served

REPEATS = 5
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    "--disable-renderer-backgrounding",  # else Chromium gives its pages a niceness of its own, and a busy machine slows them
]
# With more rows than this the plain table takes minutes; the board is compared with its own time at 1,000 instead.
PLAIN_UP_TO = 1000
PLAIN_ROW = "text=org0/model-100 >> visible=true"
BOARD_ROW = "#board-table tbody tr:nth-child(20)"
TRANSCRIPT = ".transcript"
URL, SUMMARY = "location.search.includes", "document.querySelector('#board-table .summary').innerText"


def plain(store: Store) -> FastAPI:
    """The same board as a plain Dataframe of Gradio."""
    suite = BoardReader(store).suite("open")
    flat = suite.display.select(
        "model",
        "family",
        "parameters",
        "licence",
        "engine",
        *(
            pl.col(column.key).struct.field(name).alias(f"{column.task} {name}")
            for column in suite.columns
            for name in ("value", "low", "high", "n_items")
        ),
    )
    with gr.Blocks(analytics_enabled=False) as blocks:
        gr.Dataframe(flat.rows(), headers=flat.columns, pinned_columns=1)
    app = FastAPI()
    gr.mount_gradio_app(app, blocks, "/", ssr_mode=False)
    return app


def load_milliseconds(page: Page, address: str, selector: str) -> float:
    """Milliseconds from navigation until the selector's first match is visible."""
    start = time.perf_counter()
    page.goto(address)
    page.locator(selector).first.wait_for(timeout=60_000)
    return 1000 * (time.perf_counter() - start)


# Starts at the reader's event and ends when the first frame after the change has been drawn.
CLOCK = """condition => {
  const clock = window.clock = { begun: 0, ended: 0 }, done = new Function(`return ${condition}`);
  const begin = event => { clock.begun ||= event.timeStamp; };
  for (const kind of ["click", "input"]) addEventListener(kind, begin, { capture: true, once: true });
  const watch = new MutationObserver(() => {
    if (!clock.begun || !done()) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => { clock.ended = performance.now(); }));
  });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


def event_milliseconds(page: Page, act: Callable[[], object], condition: str) -> float:
    """Milliseconds from the reader's event, as the page receives it, until `condition` is true and drawn."""
    page.evaluate(CLOCK, condition)
    act()
    page.wait_for_function("window.clock.ended", timeout=120_000)
    page.wait_for_timeout(300)
    return float(page.evaluate("window.clock.ended - window.clock.begun"))


def report(results: ResultFile, size: str, name: str, times: list[float]) -> None:
    """A row with the median and all times."""
    results.row(size, name, f"{statistics.median(times):.0f}", ", ".join(f"{milliseconds:.0f}" for milliseconds in times))


def measure(page: Page, models: int, samples: int, results: ResultFile) -> None:
    """Add the times for one size of board."""
    size, many = f"{models:,} models", f"{samples:,} samples"
    with tempfile.TemporaryDirectory() as home, Store.open(Path(home)) as store:
        run = fill(store, models, samples)
        if models <= PLAIN_UP_TO:
            with served(plain(store)) as address:
                load_milliseconds(page, address, PLAIN_ROW)
                times = [load_milliseconds(page, address, PLAIN_ROW) for _ in range(REPEATS)]
                report(results, size, "plain gr.Dataframe", times)
        with served(create_app(store)) as address:
            load_milliseconds(page, address, BOARD_ROW)
            report(results, size, "board", [load_milliseconds(page, address, BOARD_ROW) for _ in range(REPEATS)])
            measure_events(page, size, results)
            query = f"{address}?tab=model&run={run}&task=counsel_stigma"
            report(results, many, "model page", [load_milliseconds(page, query, TRANSCRIPT) for _ in range(REPEATS)])
            orders = ["best", "worst"] * 2
            times = [
                event_milliseconds(page, page.get_by_label(f"{order} first").click, f"{URL}('order={order}')")
                for order in orders
            ]
            report(results, many, "other order", times)


def measure_events(page: Page, size: str, results: ResultFile) -> None:
    """Add the times of a reader's actions on the board that the page shows."""
    search, header = page.get_by_label("Search"), page.locator("#board-table thead a").nth(3)
    header.click()
    # The header's own link changes last: until then another click would ask for the same order once more.
    page.wait_for_function("document.querySelectorAll('#board-table thead a')[3].search.includes('worst=yes')")
    orders = ["worst", "best"] * 3
    times = [event_milliseconds(page, header.click, f"{SUMMARY}.includes('{order} first')") for order in orders]
    report(results, size, "sort", times)
    texts = [f"org{number}/" for number in range(REPEATS)]
    times = [event_milliseconds(page, lambda text=text: search.fill(text), f"{URL}('q={text[:-1]}%2F')") for text in texts]
    report(results, size, "search", times)
    search.fill("")
    page.wait_for_function(f"!{URL}('q=')")
    page.get_by_text("Filters", exact=True).click()
    box = page.get_by_label("Samples")
    times = [event_milliseconds(page, box.click, f"{'!' * turn}{URL}('samples=no')") for turn in (0, 1) * 3]
    report(results, size, "filter", times)
    suites = ["Upstream suite", "Open suite"] * 3
    note = "document.querySelector('.suite-note').innerText.includes"
    times = [event_milliseconds(page, page.get_by_label(name).click, f"{note}('{name}')") for name in suites]
    report(results, size, "suite switch", times)


def main() -> None:
    """Measure every size in one browser, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--samples", type=int, default=20000)
    add_out_option(parser, __file__)
    options = parser.parse_args()
    results = ResultFile("The speed of the pages", options.out)
    results.table("size", "what", "median, ms", "all, ms")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=FLAGS, viewport={"width": 1400, "height": 900}
        )
        for models in options.models:
            measure(context.pages[0], models, options.samples, results)
        context.close()
    results.write()


if __name__ == "__main__":
    main()
