"""Fifty sessions read, as browsers do, while runs are stored: no error, and no page that mixes two states."""

from __future__ import annotations

import re
import threading
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.app import build, create_app
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.services.submission_service import SubmissionService
from tests.support.homes import open_tasks, request, store_run
from tests.support.live_server import in_event_loop, served

SESSIONS, BEFORE, STORED = 50, 2, 4
READ = re.compile(r"<b>(\d+)</b> of (\d+) models?")
ROWS = re.compile(r'<tr class="candidate">\s*<th scope="row" class="pinned model">')
HEAT = re.compile(r'<tr><th scope="row" class="pinned"><a')


def add(home: Path, store: Store, number: int) -> str:
    tasks = open_tasks(0.5 + number / 20, seed=number)
    record = request(tasks, judge=tasks[0].judge)
    record["model"]["name"] = f"org/model-{number}"
    return store_run(home, tasks, record, f"model-{number}", store)


class Session:
    """One visitor: asks for pages as the script in a browser does, and keeps what it saw."""

    def __init__(self, client: httpx.Client, load: int) -> None:
        self.client, self.load, self.hash = client, load, uuid.uuid4().hex[:10]
        self.seen: list[int] = []

    def page(self, query: str) -> str:
        body = {"data": [query], "fn_index": self.load, "session_hash": self.hash}
        answer = self.client.post("gradio_api/run/predict", json=body)
        assert answer.status_code == 200, answer.text[:500]
        return "\n".join(text for text in map(_text, answer.json()["data"]) if text)

    def read(self, run: str, pair: str) -> None:
        board = self.page("?")
        shown, total = map(int, READ.search(board).groups())  # type: ignore[union-attr]
        # The table, its heading, the heat map and the next tab's choices are of one moment.
        assert shown == total == len(ROWS.findall(board)) == len(HEAT.findall(board)), board[:300]
        self.seen.append(total)
        assert "Transcripts" in self.page(f"?tab=model&run={run}")
        assert "Paired differences" in self.page(f"?tab=compare&runs={pair}")
        exported = self.client.get("export/open.json").json()
        assert total <= len({row["run_id"] for row in exported}) <= BEFORE + STORED


def _text(part: Any) -> str:
    value = part.get("value") if isinstance(part, dict) else part
    return value if isinstance(value, str) else ""


@pytest.mark.slow
def test_fifty_sessions_read_while_runs_are_stored(tmp_path: Path) -> None:
    wrong: list[Exception] = []
    with Store.open(tmp_path) as store:
        runs = [add(tmp_path, store, number) for number in range(BEFORE)]
        with (
            served(in_event_loop(create_app, store)) as address,
            httpx.Client(base_url=address, timeout=120, limits=httpx.Limits()) as client,
        ):
            config = client.get("config").json()
            load = next(
                dependency["id"]
                for dependency in config["dependencies"]
                if "load" in [event for _, event in dependency["targets"]]
            )
            sessions = [Session(client, load) for _ in range(SESSIONS)]
            ended = threading.Event()

            def visit(session: Session) -> None:
                try:
                    while not ended.is_set():
                        session.read(runs[0], ",".join(runs))
                    session.read(runs[0], ",".join(runs))
                except (AssertionError, httpx.HTTPError) as error:
                    wrong.append(error)

            threads = [threading.Thread(target=visit, args=[session]) for session in sessions]
            for thread in threads:
                thread.start()
            for number in range(BEFORE, BEFORE + STORED):
                add(tmp_path, store, number)
            ended.set()
            for thread in threads:
                thread.join()
    assert wrong == []
    for session in sessions:
        assert session.seen == sorted(session.seen)
        assert session.seen[-1] == BEFORE + STORED
    assert len({total for session in sessions for total in session.seen}) > 1


def test_a_page_is_made_anew_where_something_was_stored_meanwhile(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        add(tmp_path, store, 0)
        pages = in_event_loop(build, BoardReader(store), SubmissionService(store, ServerSettings()))[1]
        board, calls = pages.tabs["board"], []

        def set_controls(address: Address) -> Any:
            calls.append(address)
            updates = board.set_controls(address)
            if len(calls) == 1:
                add(tmp_path, store, 1)  # after the filters and before the table
            return updates

        pages.tabs["board"] = replace(board, set_controls=set_controls)
        pages.load("?")
        assert len(calls) == 2
