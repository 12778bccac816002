"""Any stored runs rebuild in any order: what a run's folder lacks never decides the types of another's columns."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counsel_leaderboard.leaderboard.exchange import strip
from counsel_leaderboard.leaderboard.runs.files import ResultsError
from counsel_leaderboard.leaderboard.runs.read import read
from counsel_leaderboard.leaderboard.store import schema
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.leaderboard.store.ingest import ingest, insert
from counsel_leaderboard.leaderboard.store.rebuild import rebuild
from counsel_leaderboard.leaderboard.store.rows import frames
from tests.support.run_folders import Item, Task, request, write

JUDGE = {"model": "judge", "revision": None, "url_host": "127.0.0.1"}


def task(*items: Item, name: str = "counsel_stigma", headline: str = "stigma", judged: bool = False, **more: object) -> Task:
    return Task(name, list(items), headline, judged=judged, judge=JUDGE if judged else None, **more)  # type: ignore[arg-type]


def open_run(folder: Path, date: float) -> Path:
    tasks = [task(Item("v1", {"stigma": 1.0, "scored_rate": 1.0}), Item("v2", {"stigma": 0.0, "scored_rate": 1.0}))]
    return write(folder, tasks, record=request(tasks), date=date)


def withheld(folder: Path, date: float) -> Path:
    """Items whose card forbids to hand them on: no prompt, no reference, no document, and a risk that nobody knows."""
    items = Item("p1", {"acc": 1.0, "scored_rate": 1.0}), Item("p2", {"acc": 0.0, "scored_rate": 1.0})
    of = {"source": "upstream", "dataset": "psychocounsel-preference"}
    tasks = [task(*items, name="counsel_preference_rank", headline="acc", **of)]
    strip(write(folder / "whole", tasks, date=date), folder / "stripped")
    return folder / "stripped"


def unscored(folder: Path, date: float) -> Path:
    """No headline value at all, so every column of an interval is empty."""
    return write(folder, [task(Item("v1", {"scored_rate": 0.0}), Item("v2", {"scored_rate": 0.0}))], date=date)


def judged(folder: Path, date: float) -> Path:
    item = Item("c1", {"appropriate": 1.0, "judged_rate": 1.0}, verdicts=('{"state": "judged", "answers": [], "errors": []}',))
    tasks = [task(item, name="counsel_response", headline="appropriate", judged=True, dataset="open-response")]
    return write(folder, tasks, record=request(tasks, judge=JUDGE), date=date)


def sampled(folder: Path, date: float) -> Path:
    tasks = [task(Item("v1", {"stigma": 0.5, "scored_rate": 1.0}), full=40)]
    return write(folder, tasks, record=request(tasks, limit=1), date=date, limit=1)


def two_tasks(folder: Path, date: float) -> Path:
    """A win rate with its lengths, of which further rows are derived, and a task without a word of what it covers."""
    wins = [Item(f"w{n}", {"win_rate": n / 4, "len_ratio": 1.0 + n, "scored_rate": 1.0}) for n in range(4)]
    tasks = [task(*wins, name="counsel_preference", headline="win_rate"), task(Item("v1", {"stigma": 1.0}))]
    return write(folder, tasks, record=request(tasks), date=date)


KINDS: dict[str, Callable[[Path, float], Path]] = {
    kind.__name__: kind for kind in (open_run, withheld, unscored, judged, sampled, two_tasks)
}


def everything(store: Store) -> dict[str, pl.DataFrame]:
    with store.reading() as cursor:
        return {table: frame(cursor, f"SELECT * FROM {table} ORDER BY ALL") for table in schema.TABLES}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, pl.DataFrame]]:
    """The frames of one run of each kind."""
    return {kind: frames(read(make(tmp_path_factory.mktemp(kind), 1767322800.0))) for kind, make in KINDS.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_has_the_columns_and_types_of_its_table(kind: str, rows: dict[str, dict[str, pl.DataFrame]]) -> None:
    assert {table: dict(frame.schema) for table, frame in rows[kind].items()} == {
        table: schema.COLUMNS[table] for table in (*schema.OF_A_RUN, *schema.PARQUET)
    }


def test_the_types_are_those_that_duckdb_gives_back(store: Store, rows: dict[str, dict[str, pl.DataFrame]]) -> None:
    insert(store, *rows.values())
    expected = {table: schema.COLUMNS[table] for table in schema.TABLES}
    assert {table: dict(frame.schema) for table, frame in everything(store).items()} == expected


RUNS = st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 9)), min_size=2, max_size=6, unique=True)


@settings(max_examples=5, deadline=None)
@given(runs=RUNS)
def test_a_home_comes_back_whatever_runs_it_holds_and_in_whatever_order(runs: list[tuple[str, int]]) -> None:
    """`rebuild` reads by id, a hash that another date changes; `insert` and `ingest` take the order that is drawn."""
    comes_back(runs)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(runs=RUNS)
def test_so_does_it_for_many_more_homes(runs: list[tuple[str, int]]) -> None:
    comes_back(runs)


def comes_back(runs: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        for kind, day in runs:
            ingest(KINDS[kind](Path(folder) / f"{kind}{day}", 1767322800.0 + day), home)
        with Store.open(home) as store:
            before = everything(store)
        stored = contents(home / "cache")
        assert rebuild(home).runs == len(runs)
        assert contents(home / "cache") == stored
        with Store.open(home) as store:
            after = everything(store)
        assert {table: rows.rows() for table, rows in after.items()} == {table: rows.rows() for table, rows in before.items()}


@pytest.mark.parametrize("seed", range(10))
def test_one_transaction_takes_runs_in_any_order(store: Store, rows: dict[str, dict[str, pl.DataFrame]], seed: int) -> None:
    kinds = list(rows)
    random.Random(seed).shuffle(kinds)
    assert len(insert(store, *(rows[kind] for kind in kinds))) == len(KINDS)
    with store.reading() as cursor:
        assert frame(cursor, "SELECT count(*) AS n FROM runs")["n"].to_list() == [len(KINDS)]


TOO_LARGE = [
    ("tasks", [{"n_docs": 2**31}]),
    ("runs", [{"parameters": 2**63}]),
    ("runs", [{"started_at": "yesterday"}]),
    ("samples", [{"doc": "\ud800"}]),
    ("scores", [{"value": 10**400}]),
]


@pytest.mark.parametrize(("table", "rows"), TOO_LARGE)
def test_a_value_that_its_column_cannot_hold_is_refused(table: str, rows: list[dict[str, object]]) -> None:
    with pytest.raises(ResultsError, match=f"^{table}: "):
        schema.frame(table, rows)
