from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from counsel_leaderboard.leaderboard.board.board import read, scores
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.judges.qualification.decision import Judging
from counsel_leaderboard.leaderboard.store.cache import StoreCache
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.store.retractions import retract
from tests.support.run_folders import Item, Task, request, write

JUDGE = {"model": "org/judge", "revision": None}
TASK = Task("counsel_psyllm", [Item("a", {"stigma": 1.0, "scored_rate": 1.0})], judged=True, judge=JUDGE)


def add(tmp_path: Path, store: Store, model: str) -> str:
    folder = write(tmp_path / model, [TASK], record=request([TASK], model=model, judge=JUDGE), model=model)
    return ingest(folder, store.home, store=store).run_id


def test_a_board_is_computed_once_until_the_store_changes(tmp_path: Path, store: Store) -> None:
    first = add(tmp_path, store, "a")
    board = read(store)
    assert read(store) is board
    assert read(store, "upstream") is not board
    add(tmp_path, store, "b")
    assert read(store).models["model"].to_list() == ["a", "b"]
    retract(store, first, "withdrawn")
    assert read(store).models["model"].to_list() == ["b"]


def test_a_card_that_arrives_counts_at_once(tmp_path: Path, store: Store) -> None:
    add(tmp_path, store, "a")
    cards: dict[str, Reason | None] = {"org/judge": Reason(Code.JUDGE_WITHOUT_CARD, {"judge": "org/judge", "revision": None})}

    def rule(judging: Judging) -> Reason | None:
        return cards[judging.judge]

    def reason() -> str | None:
        return scores(store, judges=rule).filter(pl.col("headline")).row(0, named=True)["unranked_reason"]

    assert reason() == "judge org/judge has no card on file"
    cards["org/judge"] = None
    assert reason() is None


def test_two_stores_keep_their_own(tmp_path: Path, store: Store) -> None:
    add(tmp_path, store, "a")
    with Store.open(tmp_path / "other") as other:
        assert read(other).models.is_empty()
    assert read(store).models.height == 1


def test_whoever_asks_meanwhile_gets_the_value_of_before(store: Store) -> None:
    cache: StoreCache[str] = StoreCache()
    assert cache.get(store, "key", lambda: "old", lambda _: True) == "old"
    with store.writing():
        pass
    begun, go_on = threading.Event(), threading.Event()

    def compute() -> str:
        begun.set()
        assert go_on.wait(10)
        return "new"

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(lambda: cache.get(store, "key", compute, lambda _: True))
        assert begun.wait(10)
        assert cache.get(store, "key", lambda: "never", lambda _: True) == "old"
        go_on.set()
        assert slow.result() == "new"
    assert cache.get(store, "key", lambda: "never", lambda _: True) == "new"


def test_the_queue_makes_no_board_old(store: Store) -> None:
    with store.writing(shown=False):
        pass
    assert store.generation == 0
