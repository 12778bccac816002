"""What readers, authors and hosts come for, done in Chromium from the start page: clicks, keys, screens scrolled, and seconds.

    python benchmarks/reader_jobs.py HOME [--before TREE --version COMMIT] [--axe FILE]

Each job begins at "/", with no address typed, and ends with what was read. HOME: a home with a board of several models. TREE: a
checkout of an earlier version, whose pages are timed beside these on the same home; `--version` names it in the table. FILE:
axe-core's axe.min.js, with which the pages are looked through. Seconds run from the opening of the page to the end of the job,
without a pause for reading; each is the median of several repeats.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # for the stand-ins of the tests

from counsel_serve import serving  # noqa: E402
from playwright.sync_api import Browser, Error, sync_playwright  # noqa: E402
from readers.actions import PATIENCE, Done, ImpossibleJobError, Job, Reader  # noqa: E402
from readers.hosting import host_from_nothing, submit_to_done  # noqa: E402
from readers.jobs import JOBS  # noqa: E402
from readers.page_costs import VIEWS, axe_findings, cost  # noqa: E402
from result_file import ResultFile, add_out_option  # noqa: E402

REPEATS: Final = 3
CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-renderer-backgrounding"]


def do(browser: Browser, address: str, job: Job) -> Done | str:
    """One repeat of a job in a fresh context, or why it cannot be done."""
    context = browser.new_context(viewport={"width": job.screen[0], "height": job.screen[1]})
    context.set_default_timeout(PATIENCE)
    try:
        reader = Reader(context.new_page())
        start = time.perf_counter()
        reader.page.goto(address)
        read = job.run(reader)
        return Done(reader.clicks, reader.keys, reader.screens, time.perf_counter() - start, " ".join(read.split()))
    except (ImpossibleJobError, Error) as error:
        return f"not possible: {str(error).splitlines()[0]}"
    finally:
        context.close()


def median(repeat: Callable[[], Done | str]) -> Done | str:
    """The repeat with the median time; one more before them fills the caches."""
    if isinstance(first := repeat(), str):
        return first
    repeats = [done for _ in range(REPEATS) if isinstance(done := repeat(), Done)]
    middle = statistics.median_low(done.seconds for done in repeats)
    return next(done for done in repeats if done.seconds == middle)


def measure(browser: Browser, tree: Path, home: Path, jobs: tuple[Job, ...]) -> list[Done | str]:
    """Each job on the pages of a checkout."""
    # The package lies in the checkout as counsel_leaderboard, and an editable install must not win over it.
    with serving(home, {"PYTHONPATH": str(tree)}) as (address, _):
        return [median(lambda job=job: do(browser, address, job)) for job in jobs]  # type: ignore[misc]


def words(done: Done | str) -> str:
    """The effort of a job, or why it was not done."""
    return done.text() if isinstance(done, Done) else done


def main() -> None:
    """Time all jobs and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path, help="home folder with the board to read")
    parser.add_argument("--before", type=Path, help="another checkout whose pages are timed too")
    parser.add_argument("--version", default="before", help="how that checkout is named in the table")
    parser.add_argument("--jobs", nargs="*", default=[], metavar="NAME", help="only jobs of readers whose name begins so")
    parser.add_argument("--axe", type=Path, help="axe-core's axe.min.js")
    add_out_option(parser, __file__)
    options = parser.parse_args()
    jobs = tuple(job for job in JOBS if not options.jobs or job.name.startswith(tuple(options.jobs)))
    results = ResultFile("What readers come for", options.out)
    results.text("From the start page, no address typed. A screen is one scroll of nine tenths of the window.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        now = measure(browser, ROOT, options.home, jobs)
        before = measure(browser, options.before.resolve(), options.home, jobs) if options.before else ["" for _ in jobs]
        results.table("job", "screen", f"version {options.version}" if options.before else "before", "now", "what was read")
        for job, old, new in zip(jobs, before, now, strict=True):
            size = f"{job.screen[0]} x {job.screen[1]}"
            results.row(
                job.name, size, words(old), words(new), new.read[:140].replace("|", "/") if isinstance(new, Done) else ""
            )
        if not options.jobs:
            _hosting(results, browser, options.before)
            _pages(results, browser, options.home, options.axe)
        browser.close()
    results.write()


def _hosting(results: ResultFile, browser: Browser, before: Path | None) -> None:
    results.heading("Authors and hosts")
    results.text(
        "Submit to done: the form, the checks, the queue, a worker and its upload are real and talk over loopback; a small "
        "server stands in for the Hub and stored answers for the engine, so the seconds are those of all but the answers."
    )
    results.table("job", "before", "now")
    results.row("submit to done", "not timed", words(median(lambda: submit_to_done(browser))))
    results.row(
        "host from nothing to first run", host_from_nothing(before.resolve()) if before else "", host_from_nothing(ROOT)
    )


def _pages(results: ResultFile, browser: Browser, home: Path, axe: Path | None) -> None:
    results.heading("Opening a page")
    results.text("In an empty browser at 1440 x 900. Layout shifts: the sum of how far parts moved by themselves (0 is none).")
    results.table("page", "KiB sent", "answers", "seconds to its content", "layout shifts")
    with serving(home, {"PYTHONPATH": str(ROOT)}) as (address, _):
        for view in VIEWS:
            taken = cost(browser, f"{address}/", view)
            results.row(view, round(taken.sent / 1024), taken.answers, f"{taken.seconds:.1f}", f"{taken.shifts:.3f}")
        if axe is not None:
            results.heading("axe-core")
            findings = axe_findings(browser, f"{address}/", axe)
            count = len(findings) or "no"
            results.text(
                f"All rules and impacts, and the size of targets; {len(VIEWS)} pages, light and dark: {count} findings."
            )
            for finding in findings:
                results.text(f"- {finding}")


if __name__ == "__main__":
    main()
