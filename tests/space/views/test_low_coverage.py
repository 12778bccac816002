"""A score of too few items shows what the others could have made of it, stands last, and gives no verdict anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.exchange.board_text import PARTIAL, board_text
from counsel_leaderboard.leaderboard.store import retractions
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import board, compare, model, pictures
from tests.support.homes import store_run
from tests.support.run_folders import Item, Task, request

GAPS, GOOD, BAD = "org/gaps", "org/good", "org/bad"


def stored(home: Path, store: Store, name: str, values: list[float | None]) -> str:
    items = [
        Item(
            f"v{number:02d}",
            {"scored_rate": float(value is not None), **({} if value is None else {"stigma": value})},
            stratum="even" if number % 2 else "odd",
        )
        for number, value in enumerate(values)
    ]
    task = Task("counsel_stigma", items)
    return store_run(home, [task], request([task], model=None) | {"model": {"name": name}}, name, store)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[BoardReader]:
    with Store.open(tmp_path) as store:
        yield BoardReader(store)


@pytest.fixture
def ids(reader: BoardReader) -> dict[str, str]:
    """Forty items: 18 of `gaps` were scored, 0 of them stigma; `good` has 2 of 40 and `bad` 36."""
    values: dict[str, list[float | None]] = {
        GAPS: [0.0] * 18 + [None] * 22,
        GOOD: [1.0] * 2 + [0.0] * 38,
        BAD: [1.0] * 36 + [0.0] * 4,
    }
    return {name: stored(reader.store.home, reader.store, name, each) for name, each in values.items()}


def order(page: str) -> list[str]:
    return re.findall(r">(org/\w+)</a>", page)


@pytest.mark.parametrize("worst", [False, True])
def test_the_board_draws_its_bounds_and_sorts_it_last(reader: BoardReader, ids: dict[str, str], worst: bool) -> None:
    suite = reader.suite("open")
    page = board.html(suite.display, suite.columns, Address(sort="counsel_stigma", worst=worst))
    assert order(page) == ([BAD, GOOD] if worst else [GOOD, BAD]) + [GAPS]
    cell = page.split(f">{GAPS}</a>")[1].split("</tr>")[0]
    # Of 40 items 0 to 22 could be stigma.
    assert "could be 0.00 to 0.55" in cell
    assert "span bounds" in cell
    assert "could be" not in page.split(f">{GOOD}</a>")[1].split("</tr>")[0]


def test_the_picture_compares_nobody_with_it(reader: BoardReader, ids: dict[str, str]) -> None:
    suite = reader.suite("open")
    rows = pictures.intervals(suite.display, suite.columns[0], ids[GAPS])
    assert rows.select("model", "reference", "overlaps").rows() == [
        (GOOD, True, True),
        (BAD, False, False),
        (GAPS, False, None),
    ]
    assert "too few items scored: could be 0.00 to 0.55" in pictures.html(suite.display, suite.columns, Address())


def test_compare_calls_nobody_better(reader: BoardReader, ids: dict[str, str]) -> None:
    suite = reader.suite("open")
    page = compare.html(reader.store, suite, Address(tab="compare", runs=f"{ids[GAPS]},{ids[BAD]}"))
    # Stigma of 0 to .55 against .9: `gaps` is better by .35 to .9 whatever the others are, and still nobody is called better.
    assert "could be +0.35 to +0.90 · too few items scored to say who is better" in page
    assert f"{BAD} is better" not in page
    assert f"{GAPS} is better" not in page
    assert f"{GOOD} is better" in compare.html(reader.store, suite, Address(tab="compare", runs=f"{ids[GOOD]},{ids[BAD]}"))


@pytest.mark.parametrize("off_board", [False, True])
def test_its_own_page_draws_bounds_and_its_part_too(reader: BoardReader, ids: dict[str, str], off_board: bool) -> None:
    if off_board:
        retractions.retract(reader.store, ids[GAPS], "a test")
    page = model.page(reader, reader.suite("open"), Address(tab="model", run=ids[GAPS]), ()).top
    assert page.count("could be 0.00 to 0.55") == 3  # the whole, and its two parts, of 9 items among 20 each
    assert "45%</b> scored" in page


def test_the_median_leaves_it_out(reader: BoardReader, ids: dict[str, str]) -> None:
    page = model.page(reader, reader.suite("open"), Address(tab="model", run=ids[GOOD]), ()).top
    assert "median 0.475 of 2" in page


def test_the_command_line_puts_it_last_with_its_bounds(reader: BoardReader, ids: dict[str, str]) -> None:
    snapshot = reader.suite("open").board
    text = board_text(snapshot.scores, 80, snapshot.ranks)
    lines = [line for line in text.splitlines() if line.startswith("org/")]
    assert [line.split()[0] for line in lines] == [GOOD, BAD, GAPS]
    assert "(0.000 to 0.550)" in lines[-1]
    assert PARTIAL.split(":")[0] in text
    assert "only 45% of its questions could be scored" in text
