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
from tests.support.recorded_sessions import session_item, session_run
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
def talks(tmp_path, store) -> str:
    """Sessions that nobody rated and in which a rater saw harm, both at risk and with the marker; two that are shown."""
    return session_run(
        tmp_path,
        store,
        OPTIONS,
        [
            session_item(0, risk=True, harm_free=None, words=f"Fly it. {MARKER}"),
            session_item(1, risk=True, harm_free=False, words=f"Fly away. {MARKER}"),
            session_item(2, risk=True, harm_free=True, words="Which colour was it, TURQUOISE?"),
            session_item(3, risk=False, harm_free=None, words="Was it OCHRE?"),
        ],
    )


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
        for order in ("counting", "position", "best", "worst")
    ]
    pair = ",".join(runs.values())
    addresses += [
        Address(tab="tasks", suite="upstream", task="counsel_response", item=f"boats-h/{number}", runs=pair)
        for number in range(3)
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


def test_the_words_of_a_session_that_may_not_be_shown_are_nowhere(store, talks):
    assert (
        "".join(path.read_text("utf-8") for path in store.runs.glob("*/samples_*.jsonl")).count(MARKER) == 4
    )  # raw and filtered
    pages = pages_of(store)
    home = Address(tab="model", suite="upstream", run=talks, task="recorded_sessions")
    addresses = [Address(tab=tab, suite="upstream") for tab in TABS]
    addresses += [home.to(order=order) for order in ("counting", "position", "best", "worst")]
    addresses += [Address(tab="tasks", suite="upstream", task="recorded_sessions", item=f"s{n}", runs=talks) for n in range(4)]
    addresses += [home.to(item=f"s{number}", turn=turn) for number in range(4) for turn in (0, 2, 9)]
    addresses.append(Address(tab="compare", suite="upstream", runs=talks))
    loaded = {address.query(): "\n".join(map(str, pages.load(address.query()).values())) for address in addresses}
    with TestClient(in_event_loop(app.create_app, store)) as client:
        paths = [f"/export/upstream.{kind}" for kind in ("csv", "json", "parquet")]
        paths += ["/api/v1/leaderboard?source=upstream", "/api/v1/runs?model=Talker"]
        paths += [f"/api/v1/runs/{talks}{rest}" for rest in ("", "/samples", "/samples?order=worst", "/samples?item=s1")]
        answers = {path: client.get(path) for path in paths}
    assert {answer.status_code for answer in answers.values()} == {200}
    assert [query for query, page in loaded.items() if MARKER in page] == []
    assert [path for path, answer in answers.items() if MARKER.encode() in answer.content] == []
    page = loaded[home.query()]
    assert "TURQUOISE" in page
    assert "OCHRE" in page
    assert page.count("may be at risk") == 2
    # Of those that are not shown: the ratings, the number of turns, and where the session was published.
    assert page.count("Best Practice ×2") == page.count("2 turns") == page.count("/talks/s") == 4


def test_a_session_stands_turn_by_turn_behind_its_note_with_a_link_to_each_turn(store, talks):
    address = Address(tab="model", suite="upstream", run=talks, task="recorded_sessions", item="s3")
    page = "\n".join(map(str, pages_of(store).load(address.query()).values()))
    note, words = page.index("Content note: lost kites."), page.index("Was it OCHRE?")
    assert note < words
    assert "</details>" not in page[note:words]  # folded with the note
    assert page.count('<li id="turn-') == 2
    assert str(address.to(turn=2).query()).replace("&", "&amp;") in page
    assert "chosen" not in page[note:words]
    marked = "\n".join(map(str, pages_of(store).load(address.to(turn=2).query()).values()))
    assert marked.count('class="turn reply chosen"') == 1
    assert "Turn 2 is marked" in marked


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
