"""Where several judges scored, the reader chooses whose judged columns are ranked, and the address says whose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.navigation import Pages
from tests.space.page_text import pages_of, text
from tests.support.homes import JUDGE, open_tasks, request, store_run

OTHER = {**JUDGE, "model": "second-judge", "revision": "c" * 40}
KEY = f"second-judge at {'c' * 40}"


def judged(home: Path, store: Store, name: str, judge: dict[str, Any]) -> str:
    tasks = [replace(task, judge=judge) if task.judged else task for task in open_tasks(0.7, 3)]
    record = request(tasks, judge=judge)
    record["model"]["name"] = name
    return store_run(home, tasks, record, name, store)


def choice(pages: Pages, query: str) -> Any:
    return pages.load(query)[pages.tabs["board"].controls["columns_of"]]


def test_the_judge_of_the_address_has_its_columns_ranked(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        judged(tmp_path, store, "org/one", JUDGE)
        pages = pages_of(store)
        assert choice(pages, "?")["visible"] is False
        assert "judges rated replies here" not in text(pages, "?")
        judged(tmp_path, store, "org/two", OTHER)
        query = Address(columns_of=KEY).query()
        assert choice(pages, query)["value"] == KEY
        assert [key for _, key in choice(pages, query)["choices"]] == ["any", f"arbiter-32b at {'b' * 40}", KEY]
        assert choice(pages, query)["visible"] is True
        assert pages.load(query)[pages.navigation] == query
        assert "2 judges rated replies here; rated columns are ranked for <b>second-judge at" in text(pages, query)
        # Nobody passed the exam, so by rule no judge leads; chosen, the others' scores say whose board it is.
        assert "none has passed its exam, so rated columns rank nobody" in text(pages, "?")
        label = f"by another judge than this board&#39;s, second-judge at {'c' * 19}"
        assert label in text(pages, query)
        assert label not in text(pages, "?")


def test_a_judge_who_scored_nothing_here_is_said_and_the_rule_holds(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        judged(tmp_path, store, "org/one", JUDGE)
        page = text(pages_of(store), "?columns_of=nobody")
        assert "No judge named" in page
        assert "nobody" in page
        known = text(pages_of(store), "")
        assert "No judge named" not in known
        assert page.count("org/one") == known.count("org/one")
