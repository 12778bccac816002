"""A new version of a bank: scores on the older one stay visible with their version, and are ranked nowhere beside the new.

The runs on the older banks are the better ones, so that any place that ranked them together would put them first.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import polars as pl
import pytest
from fastapi.testclient import TestClient

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.space import app
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.navigation import Pages
from counsel_leaderboard.space.services.board_reader import BoardReader
from tests.space.page_text import pages_of, text
from tests.support.homes import store_run
from tests.support.judges import LABELS, qualify
from tests.support.live_server import in_event_loop
from tests.support.run_folders import Item, Task, request

TASKS = ("counsel_response", "counsel_preference_rank", "counsel_preference", "counsel_stigma", "counsel_psyllm")
BEFORE = "0.9"
JUDGED_ALONE = {"counsel_preference", "counsel_psyllm"}
"""Tasks for which no judge has qualified here, so that nobody is ranked on either bank."""


def task(name: str, good: int, version: str, fingerprint: str) -> Task:
    """A run of 40 items, the best possible on `good` of them and the worst on the others."""
    manifest = catalog()[name].manifest
    metric = manifest.metrics[manifest.headline]
    lo, hi = metric.range
    best, worst = (hi, lo) if metric.higher_is_better else (lo, hi)
    items = [Item(f"v{n}", {manifest.headline: best if n < good else worst, "scored_rate": 1.0}) for n in range(40)]
    return Task(
        name, items, manifest.headline, manifest.area, metric.combine, (lo, hi), metric.higher_is_better,
        judged=manifest.judged, judge=LABELS if manifest.judged else None, version=version, fingerprint=fingerprint,
        dataset="open-response",
    )  # fmt: skip


@pytest.fixture(scope="module")
def ids() -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, ids: dict[str, str]) -> Iterator[Store]:
    home = tmp_path_factory.mktemp("home")
    with Store.open(home) as opened:
        for name, good, bank, date in (
            ("before/best", 40, "0", 1.70e9),
            ("before/good", 36, "0", 1.71e9),
            ("today/fair", 24, "1", 1.80e9),
            ("today/poor", 6, "1", 1.81e9),
        ):
            fingerprint = f"sha256:{bank * 64}"
            tasks = [task(each, good, BEFORE if bank == "0" else catalog()[each].version, fingerprint) for each in TASKS]
            record = request(tasks, judge={"model": LABELS["model"], "revision": LABELS["revision"], "url_host": "127.0.0.1"})
            record["model"]["name"] = name
            ids[name] = store_run(home, tasks, record, name, opened, date=date)
        qualify(home)
        yield opened


@pytest.fixture(scope="module")
def reader(store: Store) -> BoardReader:
    return BoardReader(store)


@pytest.fixture(scope="module")
def pages(store: Store) -> Pages:
    return pages_of(store)


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[TestClient]:
    with TestClient(in_event_loop(app.create_app, store)) as started:
        yield started


def of_task(rows: pl.DataFrame, name: str) -> dict[str, dict[str, object]]:
    """The headlines of a task by model."""
    mine = rows.filter(pl.col("task") == name, pl.col("metric") == catalog()[name].manifest.headline)
    return {row["model"]: row for row in mine.iter_rows(named=True)}


def check(rows: dict[str, dict[str, object]], name: str) -> None:
    """The older runs are there with value, version and reason, and without a rank or a tier."""
    assert set(rows) == {"before/best", "before/good", "today/fair", "today/poor"}
    for model, row in rows.items():
        older = model.startswith("before/")
        assert row["value"] is not None
        assert row["task_version"] == (BEFORE if older else catalog()[name].version)
        assert (f"made with version {BEFORE} of the task" in str(row["unranked_reason"])) is older
        assert bool(row["ranked"]) is (not older and name not in JUDGED_ALONE), (model, row["unranked_reason"])
        assert (row["tier"] is not None) is bool(row["ranked"])


@pytest.mark.parametrize("name", TASKS)
def test_the_board_ranks_the_bank_of_today_alone(reader: BoardReader, name: str) -> None:
    rows = of_task(reader.suite("open").board.scores, name)
    check(rows, name)
    if name not in JUDGED_ALONE:
        assert (rows["today/fair"]["rank_low"], rows["today/poor"]["rank_high"]) == (1, 2)


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
@pytest.mark.parametrize("where", ["/export/open.{kind}", "/api/v1/leaderboard?source=open&format={kind}"])
def test_exports_and_api_say_the_same(client: TestClient, kind: str, where: str) -> None:
    response = client.get(where.format(kind=kind))
    assert response.status_code == 200, response.text
    readers = {"csv": pl.read_csv, "json": pl.read_json, "parquet": pl.read_parquet}
    rows = readers[kind](io.BytesIO(response.content))  # type: ignore[operator]
    for name in TASKS:
        mine = of_task(rows, name)
        for row in mine.values():
            row["task_version"] = f"{float(str(row['task_version'])):.1f}"  # a table without types
        check(mine, name)


@pytest.mark.parametrize("name", TASKS)
def test_pages_show_the_older_score_with_its_version(pages: Pages, ids: dict[str, str], name: str) -> None:
    board = text(pages, Address().query())
    assert "before/best" in board
    assert f"made with version {BEFORE} of the task" in board
    history = text(pages, Address(tab="tasks", task=name).query()).partition("values as a table")[2]
    for model, version in (("before/best", BEFORE), ("today/fair", catalog()[name].version)):
        row = history[history.index(model) :].partition("</tr>")[0]
        assert f"<td>{version}" in row, row
    compared = text(pages, Address(tab="compare", runs=f"{ids['before/best']},{ids['today/fair']}").query())
    assert f"the runs are of versions {BEFORE} and {catalog()[name].version} of the task" in compared
