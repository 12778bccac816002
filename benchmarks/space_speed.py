"""How fast the board and a model's page are in Chromium, beside a bare gr.Dataframe of the same size.

    python benchmarks/space_speed.py [--models 1000 10000] [--samples 20000]

Each time is the median of some turns, in milliseconds: of fresh pages from navigation to the rows being there, of what a reader
does from the event to the first frame that shows its effect.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
import polars as pl
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, sync_playwright

from counsel_leaderboard.leaderboard.store import run_parquet, schema
from counsel_leaderboard.leaderboard.store.database import Store, append
from counsel_leaderboard.registry.manifests import catalog, overall_tasks
from counsel_leaderboard.space.app import create_app
from counsel_leaderboard.space.server.serving import listen
from counsel_leaderboard.space.services.board_reader import BoardReader

REPEATS = 5
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    "--disable-renderer-backgrounding",  # else Chromium gives its pages a niceness of its own, and a busy machine slows them
]
TASKS = {name: (catalog()[name].manifest.area, catalog()[name].manifest.headline) for name in overall_tasks("open")}
# Above this many rows the bare table takes minutes; the board is held against its own time at 1,000 instead.
BARE_UP_TO = 1000
BARE = "text=org0/model-100 >> visible=true"
FIRST = "#board-table tbody tr:nth-child(20)"
TRANSCRIPT = ".transcript"
URL, SUMMARY = "location.search.includes", "document.querySelector('#board-table .summary').innerText"


def fill(store: Store, models: int, samples: int) -> str:
    """Made-up runs straight into the tables, none of it ranked; the id of the run that has `samples` samples."""
    luck = random.Random(1)
    runs, tasks, scores = [], [], []
    for number in range(models):
        run = f"{number:016x}"
        runs.append(_run(run, number))
        for task, (area, metric) in TASKS.items():
            tasks.append(_task(run, task, area, metric))
            value = luck.random()
            scores.append(_score(run, task, metric, value))
    with store.writing() as cursor:
        for table, rows in (("runs", runs), ("tasks", tasks), ("scores", scores)):
            append(cursor, table, pl.DataFrame(rows, infer_schema_length=None))
        run_id = str(runs[0]["run_id"])
        items = schema.frame("items", [_item(run_id, place, luck) for place in range(samples)])
        append(cursor, "headline_items", items.drop("metric"))
    of_run = {"items": items, "samples": schema.frame("samples", [_sample(run_id, place, luck) for place in range(samples)])}
    run_parquet.write(store.home, run_id, of_run)
    return run_id


PROMPT = json.dumps([[{"role": "user", "content": "A line of a made-up prompt. " * 20}]])


def _run(run: str, number: int) -> dict[str, object]:
    return {
        "run_id": run,
        "spec_id": run,
        "self_reported": False,
        "role": "candidate",
        "model": f"org{number % 50}/model-{number}",
        "revision": None,
        "family": f"family {number % 9}",
        "parameters": 10**9 * (number % 70 + 1),
        "licence": "mit",
        "engine": "vllm",
        "engine_version": "1",
        "engine_options": "{}",
        "source": "open",
        "judge": None,
        "judge_revision": None,
        "judge_host": None,
        "run_limit": 24.0,
        "started_at": datetime.datetime(2026, 1, 1),
        "lm_eval_version": "0",
        "settings": "{}",
    }


def _task(run: str, task: str, area: str, metric: str) -> dict[str, object]:
    return {
        "run_id": run,
        "task": task,
        "task_version": "1.0",
        "area": area,
        "headline": metric,
        "combine": "items",
        "lo": 0.0,
        "hi": 1.0,
        "ranked": True,
        "overall": True,
        "judged": False,
        "dataset": "open-stigma",
        "dataset_split": "test",
        "dataset_revision": None,
        "dataset_fingerprint": "sha256:0",
        "n_docs": 24,
        "n_docs_full": 1296,
        "sample": True,
        "settings": "{}",
        "scored_rate": 1.0,
    }


def _score(run: str, task: str, metric: str, value: float) -> dict[str, object]:
    return {
        "run_id": run,
        "task": task,
        "metric": metric,
        "headline": True,
        "higher_is_better": metric != "stigma",
        "combine": "items",
        "lo": 0.0,
        "hi": 1.0,
        "value": value,
        "low": max(0.0, value - 0.1),
        "high": min(1.0, value + 0.1),
        "n_items": 24,
        "n_clusters": 6,
        "n_unscored": 0,
        "n_total": 24,
    }


def _sample(run: str, place: int, luck: random.Random) -> dict[str, object]:
    return {
        "run_id": run,
        "task": "counsel_stigma",
        "item_id": f"item-{place}",
        "position": place,
        "cluster": f"c{place // 6}",
        "stratum": f"s{place // 6 % 4}",
        "dataset": "open-stigma",
        "content_note": "",
        "risk": False,
        "score": luck.random(),
        "doc": "{}",
        "prompt": PROMPT,
        "target": '""',
        "answer": '["A made-up reply."]',
        "verdict": None,
        "metrics": '{"stigma": 1.0}',
        "answer_hash": "sha256:0",
    }


def _item(run: str, place: int, luck: random.Random) -> dict[str, object]:
    return {
        "run_id": run,
        "task": "counsel_stigma",
        "metric": "stigma",
        "item": f"item-{place}",
        "stratum": f"s{place // 6 % 4}",
        "cluster": f"c{place // 6}",
        "value": luck.random(),
        "weight": 1.0,
    }


def bare(store: Store) -> FastAPI:
    """The same board as a Dataframe of Gradio's own and nothing else."""
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


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of `app` while it is served from a thread."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


def shown(page: Page, address: str, selector: str) -> float:
    """Milliseconds from navigation until the selector's first match is visible."""
    begun = time.perf_counter()
    page.goto(address)
    page.locator(selector).first.wait_for(timeout=60_000)
    return 1000 * (time.perf_counter() - begun)


# Begins at the reader's event and ends when the first frame after the change has been drawn.
CLOCK = """said => {
  const clock = window.clock = { begun: 0, ended: 0 }, done = new Function(`return ${said}`);
  const begin = event => { clock.begun ||= event.timeStamp; };
  for (const kind of ["click", "input"]) addEventListener(kind, begin, { capture: true, once: true });
  const watch = new MutationObserver(() => {
    if (!clock.begun || !done()) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => { clock.ended = performance.now(); }));
  });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


def changed(page: Page, act: Callable[[], object], said: str) -> float:
    """Milliseconds from the reader's event, as the page hears it, until what it says is drawn; then the page comes to rest."""
    page.evaluate(CLOCK, said)
    act()
    page.wait_for_function("window.clock.ended", timeout=120_000)
    page.wait_for_timeout(300)
    return float(page.evaluate("window.clock.ended - window.clock.begun"))


def report(name: str, times: list[float]) -> None:
    print(f"{name:<44} {statistics.median(times):8.0f} ms   (of {', '.join(f'{one:.0f}' for one in times)})", flush=True)


def measure(page: Page, models: int, samples: int) -> None:
    """Print the times for one size of board."""
    with tempfile.TemporaryDirectory() as home, Store.open(Path(home)) as store:
        run = fill(store, models, samples)
        if models <= BARE_UP_TO:
            with served(bare(store)) as address:
                shown(page, address, BARE)
                report(f"{models} models: bare gr.Dataframe", [shown(page, address, BARE) for _ in range(REPEATS)])
        with served(create_app(store)) as address:
            shown(page, address, FIRST)
            report(f"{models} models: board", [shown(page, address, FIRST) for _ in range(REPEATS)])
            events(page, models)
            query = f"{address}?tab=model&run={run}&task=counsel_stigma"
            report(f"{samples} samples: model page", [shown(page, query, TRANSCRIPT) for _ in range(REPEATS)])
            orders = ["best", "worst"] * 2
            inside = [changed(page, page.get_by_label(f"{order} first").click, f"{URL}('order={order}')") for order in orders]
            report(f"{samples} samples: other order", inside)


def events(page: Page, models: int) -> None:
    """Print the times of what a reader does to the board that the page shows."""
    search, head = page.get_by_label("Search"), page.locator("#board-table thead a").nth(3)
    head.click()
    # Its own link is the last to change: until then another click would ask for the same once more.
    page.wait_for_function("document.querySelectorAll('#board-table thead a')[3].search.includes('worst=yes')")
    orders = ["worst", "best"] * 3
    report(f"{models} models: sort", [changed(page, head.click, f"{SUMMARY}.includes('{order} first')") for order in orders])
    words = [f"org{number}/" for number in range(REPEATS)]
    found = [changed(page, lambda word=word: search.fill(word), f"{URL}('q={word[:-1]}%2F')") for word in words]
    report(f"{models} models: search", found)
    search.fill("")
    page.wait_for_function(f"!{URL}('q=')")
    page.get_by_text("Filters", exact=True).click()
    box = page.get_by_label("Samples")
    report(f"{models} models: filter", [changed(page, box.click, f"{'!' * turn}{URL}('samples=no')") for turn in (0, 1) * 3])
    suites = ["Upstream suite", "Open suite"] * 3
    said = "document.querySelector('.suite-note').innerText.includes"
    report(
        f"{models} models: suite switch", [changed(page, page.get_by_label(name).click, f"{said}('{name}')") for name in suites]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--samples", type=int, default=20000)
    chosen = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=FLAGS, viewport={"width": 1400, "height": 900}
        )
        for models in chosen.models:
            measure(context.pages[0], models, chosen.samples)
        context.close()


if __name__ == "__main__":
    main()
