from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.board.comparisons import compare_runs
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import compare as view
from tests.support.homes import store_run
from tests.support.run_folders import Item, Task, request


def stored(home: Path, store: Store, name: str, values: list[float], **changes: object) -> str:
    items = [Item(f"v{index}", {"stigma": value, "scored_rate": 1.0}) for index, value in enumerate(values)]
    task = Task("counsel_stigma", items, **changes)  # type: ignore[arg-type]
    return store_run(home, [task], request([task], model=None) | {"model": {"name": name}}, name, store)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def test_the_difference_is_positive_for_the_better_one_where_lower_is_better(home: Path) -> None:
    with Store.open(home) as store:
        good = stored(home, store, "good", [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0])
        bad = stored(home, store, "bad", [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0])
        (comparison,) = compare_runs(store, [good, bad])
        first = comparison.pairs.row(0, named=True)
        # Means 1/8 and 5/8 of stigma: the first is better by 4/8.
        assert (first["a"], first["b"], first["difference"]) == (good, bad, pytest.approx(0.5))
        assert comparison.shared == 8
        # They differ on v0, v1, v4 and v6, each by 1; equal spreads stand by name.
        assert comparison.items.head(5)["item"].to_list() == ["v0", "v1", "v4", "v6", "v2"]
        page = view.html(store, BoardReader(store).suite("open"), Address(tab="compare", runs=f"{good},{bad}"))
        assert "+0.500" in page


def test_an_interval_ends_where_the_range_of_the_measure_does(home: Path) -> None:
    with Store.open(home) as store:
        good = stored(home, store, "good", [0.0] * 6)
        bad = stored(home, store, "bad", [1.0] * 5 + [0.0])
        # Differences 1, 1, 1, 1, 1, 0: mean 5/6, standard error 1/6. Student's t is above 2 at any degrees:
        # 5/6 + 2/6 is more than 1.
        (comparison,) = compare_runs(store, [good, bad])
        forth, back = comparison.pairs.rows(named=True)
        assert (forth["difference"], forth["high"]) == (pytest.approx(5 / 6), 1.0)
        assert 0 < forth["low"] < 5 / 6 - 2 / 6
        assert (back["low"], back["high"]) == (-1.0, pytest.approx(-forth["low"]))


def test_runs_that_were_asked_different_items_are_not_paired(home: Path) -> None:
    with Store.open(home) as store:
        first = stored(home, store, "one", [0.0] * 6)
        second = stored(home, store, "two", [1.0] * 6, fingerprint="sha256:" + "1" * 64)
        (comparison,) = compare_runs(store, [first, second])
        assert comparison.refused is not None
        page = view.html(store, BoardReader(store).suite("open"), Address(tab="compare", runs=f"{first},{second}"))
        assert "Not paired: the runs were asked different items" in page


def test_runs_without_a_shared_item_are_not_paired(home: Path) -> None:
    with Store.open(home) as store:
        runs = []
        for name in ("one", "two"):
            items = [Item(f"{name}{index}", {"stigma": 1.0, "scored_rate": 1.0}) for index in range(6)]
            task = Task("counsel_stigma", items)
            runs.append(store_run(home, [task], request([task], model=None) | {"model": {"name": name}}, name, store))
        (comparison,) = compare_runs(store, runs)
        assert comparison.refused == "no item was scored for two of the runs"


@pytest.mark.parametrize(("ranked", "words"), [(True, "good is better"), (False, "they differ; the task orders nobody")])
def test_no_model_is_called_better_where_a_task_only_describes(home: Path, ranked: bool, words: str) -> None:
    with Store.open(home) as store:
        runs = [stored(home, store, name, [v] * 7 + [1.0], ranked=ranked) for name, v in (("good", 0.0), ("bad", 1.0))]
        page = view.html(store, BoardReader(store).suite("open"), Address(tab="compare", runs=",".join(runs)))
        assert words in page


def test_fewer_than_two_models_ask_for_more_and_a_fifth_is_left_out(home: Path) -> None:
    with Store.open(home) as store:
        runs = [stored(home, store, f"m{number}", [float(number % 2)] * 6) for number in range(5)]
        suite = BoardReader(store).suite("open")
        assert "Choose two to four models" in view.html(store, suite, Address(runs=f"{runs[0]},nobody"))
        page = view.html(store, suite, Address(runs=",".join(runs)))
        assert "the first 4 are shown" in page
        assert "m4" not in page
