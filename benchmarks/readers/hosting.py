"""The jobs of authors and hosts: from the form to a row on the board, and from an empty home to a first run."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from counsel_serve import COUNSEL, serving
from playwright.sync_api import Browser

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.app import create_app
from readers.actions import PATIENCE, WIDE, Done, Reader
from tests.support.fake_hub import running
from tests.support.live_server import SETTINGS, Script, in_event_loop, point_at, served, with_models, worker

TOKENS: Final = {"COUNSEL_ADMIN_TOKEN": "0123456789abcdef" * 2, "COUNSEL_WORKER_TOKEN": "fedcba9876543210" * 2}
MODEL: Final = "org/model"


def submit_to_done(browser: Browser) -> Done:
    """A model submitted by its author, evaluated by a worker, and opened from the page of its request.

    Real: pages, checks, queue, lease, upload and the worker, over loopback. Stand-ins: a small server in the Hub's place, and
    stored answers in the engine's place, so the seconds are those of everything but the answers.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        fake, patch = stack.enter_context(running()), stack.enter_context(pytest.MonkeyPatch.context())
        point_at(with_models(fake), patch)
        store = stack.enter_context(Store.open(folder / "home"))
        address = stack.enter_context(served(in_event_loop(create_app, store, SETTINGS)))
        script = Script()
        script.go_on.set()
        stack.enter_context(worker(address, folder / "machine", script))
        page = browser.new_page(viewport={"width": WIDE[0], "height": WIDE[1]})
        page.set_default_timeout(PATIENCE)
        reader, start = Reader(page), time.perf_counter()
        page.goto(address)
        reader.click(page.get_by_role("tab", name="Submit"))
        for label, text in (("Model on the Hugging Face Hub", MODEL), ("Your user name on the Hub", "ada")):
            reader.click(page.get_by_label(label))
            reader.type(text)
        reader.click(page.get_by_label("Telling the better reply"))  # of the two tasks that are offered, one is asked
        reader.click(page.get_by_label("no", exact=True))
        reader.click(page.get_by_role("button", name="Submit", exact=True))
        reader.click(page.locator("#submit-result a.follow"))
        page.locator("#queue-request", has_text="See its page").wait_for()
        reader.click(page.locator("#queue-request a.follow"))
        page.locator(".model-page h2").wait_for()
        read = page.locator(".model-page h2").inner_text()
        taken = Done(reader.clicks, reader.keys, reader.screens, time.perf_counter() - start, " ".join(read.split()))
        page.close()
    return taken


def host_from_nothing(tree: Path) -> str:
    """From an empty home to a first run on the board, by the four commands of docs/host/running.md: commands and seconds."""
    with TemporaryDirectory() as folder:
        start = time.perf_counter()
        settings = {**TOKENS, "PYTHONPATH": str(tree)}
        with serving(Path(folder), settings) as (address, _):
            environment = {**os.environ, **settings, "COUNSEL_HOME": folder, "COUNSEL_SERVER": address}
            for command in (["submit", "control/letter-a", "--as", "host", "--tasks", "counsel_stigma"], ["worker", "--once"]):
                subprocess.run([COUNSEL, *command], env=environment, check=True, capture_output=True)
            board = subprocess.run([COUNSEL, "board"], env=environment, check=False, capture_output=True, text=True)
        ended = "on the board" if "control/letter-a" in board.stdout else f"`counsel board` ends with {board.returncode}"
        return f"4 commands, {time.perf_counter() - start:.1f} s, {ended}"
