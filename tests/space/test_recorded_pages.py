"""A recorded run on the pages: where it comes from is said, and a reply that is never shown is nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.space import app
from counsel_leaderboard.space.address import TABS, Address
from counsel_leaderboard.space.navigation import Pages
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.services.submission_service import SubmissionService
from tests.support.homes import store_run
from tests.support.live_server import in_event_loop
from tests.support.run_folders import Item, Task, request

MARKER = "MARKERNEVERSHOWNBERYL"
WHY = "written for a study"
LABELS = {"model": "published: hand labels", "url_host": None, "revision": "c" * 40}
OPTIONS: dict[str, Any] = {
    "record": "recorded/some-source/Some-people",
    "source": "someone/answers",
    "commit": "c" * 40,
    "answered": "2025-04-14",
    "decoding": "as they like",
    "harness": "their own",
    "withheld": WHY,
    "notice": "A LICENCE OF MIST",
    "answers": {
        "counsel_response": {"answered": "2025-04-14", "prompt": "bare", "published": "2 of 2", "labels": LABELS["model"]}
    },
}


def item(number: int, value: int, *, withheld: bool) -> Item:
    return Item(
        f"boats-h/{number}",
        {"appropriate": value, "scored_rate": 1.0},
        cluster="boats-h",
        stratum="mania",
        risk=True,
        replies=(f"Tell me about it. {MARKER}" if withheld or not value else "Tell me about it.",),
        verdicts=(json.dumps({"state": "judged", "answers": [{"answer": "no"}], "errors": [], "tokens": [0, 0]}),),
        extra={"withheld": WHY} if withheld else {},
    )


def run(home: Path, store: Store, name: str, role: str, items: list[Item], first_use: str | None = None) -> str:
    """Store one recorded run of the upstream suite of `counsel_response`."""
    task = Task(
        "counsel_response", items, "appropriate", higher_is_better=True, judged=True,
        judge={**LABELS, "rubric": f"labels of {name}"}, source="upstream", dataset="llms-as-therapists-answers",
        filter="judge",
    )  # fmt: skip
    answers = {
        task: {**origin, **({"first_use": first_use} if first_use else {})} for task, origin in OPTIONS["answers"].items()
    }
    engine = {"kind": "recorded", "version": "1", "options": {**OPTIONS, "answers": answers}}
    asked = request([task], role=role, judge=LABELS, engine=engine)
    asked["model"] = {"name": name, "revision": None, "family": None, "parameters": None, "licence": None}
    return store_run(home, [task], asked, name, store)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def runs(tmp_path, store) -> dict[str, str]:
    people = [item(number, 1, withheld=True) for number in range(3)]
    bot = [item(0, 0, withheld=False)]
    return {"people": run(tmp_path, store, "Some people", "people", people), "bot": run(tmp_path, store, "Bot", "product", bot)}


def pages_of(store: Store) -> Pages:
    return in_event_loop(app.build, BoardReader(store), SubmissionService(store, ServerSettings()))[1]


def test_a_reply_that_is_never_shown_is_on_no_page_and_in_no_file_answer_or_address(store, runs):
    stored = "".join(path.read_text("utf-8") for path in store.runs.glob("*/samples_*.jsonl"))
    assert stored.count(MARKER) == 4  # or its absence below would show nothing
    pages = pages_of(store)
    addresses = [Address(tab=tab, suite=suite) for tab in TABS for suite in ("open", "upstream")]
    addresses += [
        Address(tab="model", suite="upstream", run=run_id, task="counsel_response", order=order)
        for run_id in runs.values()
        for order in ("position", "best", "worst")
    ]
    addresses.append(Address(tab="compare", suite="upstream", runs=",".join(runs.values())))
    shown = "\n".join(str(value) for address in addresses for value in pages.load(address.query()).values())
    with TestClient(in_event_loop(app.create_app, store)) as client:
        paths = [f"/export/{suite}.{kind}" for suite in ("open", "upstream") for kind in ("csv", "json", "parquet")]
        paths += ["/", "/api/v1/leaderboard?source=upstream", "/api/v1/runs?model=Bot"]
        paths += [
            f"/api/v1/runs/{run_id}{rest}" for run_id in runs.values() for rest in ("", "/samples", "/samples?order=best")
        ]
        answers = [client.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200] * len(paths)
    assert MARKER not in shown
    assert not [path for path, answer in zip(paths, answers, strict=True) if MARKER.encode() in answer.content]
    assert f"never shown: {WHY}" in shown


def test_the_page_says_where_the_answers_come_from(store, runs):
    page = "\n".join(
        map(str, pages_of(store).load(Address(tab="model", suite="upstream", run=runs["people"]).query()).values())
    )
    for part in ("someone/answers", "2025-04-14", "as they like", "A LICENCE OF MIST", "2 of 2", "published: hand labels", WHY):
        assert part in page
    assert "counsel recorded add some-source/Some-people" in page


def test_the_board_shows_people_and_bots_beside_the_models_with_what_they_are(store, runs):
    page = "\n".join(map(str, pages_of(store).load("?suite=upstream").values()))
    assert "Some people" in page
    assert "commercial bot" in page
    assert "historical, someone/answers, 2025-04-14" in page
    assert "people are not ranked" in page
    assert page.count('class="people"') >= 4  # a line on each bar of the column, in the table and in the picture


def test_a_file_that_only_a_commit_pins_is_marked_on_the_row_and_its_checksum_is_on_the_page(tmp_path, store):
    run_id = run(tmp_path, store, "Bot", "product", [item(0, 1, withheld=False)], first_use="d" * 64)
    board = "\n".join(map(str, pages_of(store).load("?suite=upstream").values()))
    assert "historical, someone/answers, 2025-04-14, file pinned by commit alone" in board
    page = "\n".join(map(str, pages_of(store).load(Address(tab="model", suite="upstream", run=run_id).query()).values()))
    assert f"at first use and refuses another file since: sha256 <code>{'d' * 64}</code>" in page
