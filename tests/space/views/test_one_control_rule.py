"""The page and the command line say of a control what the paired test says."""

from __future__ import annotations

import re
from pathlib import Path

from counsel_leaderboard.leaderboard.exchange.board_text import board_text
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import board
from tests.support.homes import store_run
from tests.support.run_folders import Item, Task, request

LEVELS = {"org/far": 4, "org/near": 17, "org/worse": 25}


def add(home: Path, store: Store, name: str, stigmatised: int, role: str, source: str) -> None:
    items = [Item(f"v{number:02d}", {"stigma": float(number < stigmatised), "scored_rate": 1.0}) for number in range(40)]
    task = Task("counsel_stigma", items, source=source, dataset="open-stigma" if source == "open" else "llms-as-therapists")
    store_run(home, [task], request([task], role=role) | {"model": {"name": name}}, name, store)


def counted(home: Path, source: str) -> tuple[list[str], list[str]]:
    with Store.open(home) as store:
        for name, stigmatised in LEVELS.items():
            add(home, store, name, stigmatised, "candidate", source)
        add(home, store, "control/echo", 19, "control", source)
        suite = BoardReader(store).suite(source)  # type: ignore[arg-type]
        page = board.html(suite.display, suite.columns, Address(suite=source), (), suite.to_beat)  # type: ignore[arg-type]
        text = board_text(suite.board.scores, 80, suite.board.ranks)
    in_page = re.findall(r"does as well as (\d+ of \d+)<", page)
    assert re.findall(r"(\d+ of \d+) models do not beat it", page) == in_page
    return in_page, re.findall(r"which (\d+ of \d+) models do not beat", " ".join(text.split()))


def test_a_model_that_is_ahead_by_less_than_its_interval_does_not_beat_the_control(tmp_path: Path) -> None:
    # far is ahead by 15 of 40 items; near by 2, whose interval holds 0; worse is behind.
    assert counted(tmp_path, "open") == (["2 of 3"], ["2 of 3"])


def test_the_same_rule_holds_where_controls_are_shown_beside(tmp_path: Path) -> None:
    assert counted(tmp_path, "upstream") == (["2 of 3"], ["2 of 3"])
