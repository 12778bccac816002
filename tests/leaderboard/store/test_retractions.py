from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.board.board import scores
from counsel_leaderboard.leaderboard.board.transcripts import history, run, samples
from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.store.rebuild import catch_up
from counsel_leaderboard.leaderboard.store.retractions import RetractionError, ledger, retract
from tests.support.full_disk import refuse
from tests.support.run_folders import Item, Task, request, write

TASK = Task("counsel_stigma", [Item("v1", {"stigma": 1.0, "scored_rate": 1.0})])
NOON = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)


@pytest.fixture
def run_id(tmp_path: Path, store: Store) -> str:
    return ingest(write(tmp_path / "run", [TASK], record=request([TASK])), store.home, store=store).run_id


def test_a_retracted_run_leaves_the_board_and_is_kept(store: Store, run_id: str) -> None:
    entry = retract(store, run_id, "the prompts were wrong", now=NOON)
    assert scores(store).is_empty()
    assert (store.runs / run_id / "request.json").is_file()
    assert run(store, run_id)["retraction"] == "the prompts were wrong"
    assert history(store, "org/model")[0]["retraction"] == "the prompts were wrong"
    assert samples(store, run_id).total == 1
    assert ledger(store.home) == [entry]
    (line,) = (store.home / "retractions.jsonl").read_text().splitlines()
    assert json.loads(line) == {"run_id": run_id, "reason": "the prompts were wrong", "retracted_at": "2026-03-01T12:00:00Z"}


def test_the_run_before_it_stands_again(tmp_path: Path, store: Store, run_id: str) -> None:
    newer = ingest(write(tmp_path / "newer", [TASK], record=request([TASK]), date=1.8e9), store.home, store=store).run_id
    assert scores(store)["run_id"].unique().to_list() == [newer]
    retract(store, newer, "withdrawn")
    assert scores(store)["run_id"].unique().to_list() == [run_id]


def test_a_retracted_run_cannot_be_brought_back_by_ingesting_it(tmp_path: Path, store: Store, run_id: str) -> None:
    retract(store, run_id, "withdrawn")
    assert ingest(tmp_path / "run", store.home, store=store).new is False
    assert scores(store).is_empty()


@pytest.mark.parametrize("reason", ["", "two\nlines", "x" * 257])
def test_a_reason_is_one_readable_line(store: Store, run_id: str, reason: str) -> None:
    with pytest.raises(RetractionError, match="one-line reason"):
        retract(store, run_id, reason)
    assert ledger(store.home) == []


def test_only_a_stored_run_can_be_retracted_and_once(store: Store, run_id: str) -> None:
    with pytest.raises(RetractionError, match="no stored run has this id"):
        retract(store, "0" * 16, "x")
    retract(store, run_id, "first")
    with pytest.raises(RetractionError, match=r"retracted already \(first\)"):
        retract(store, run_id, "second")
    assert [entry.reason for entry in ledger(store.home)] == ["first"]


def test_a_ledger_that_cannot_be_written_retracts_nothing(store: Store, run_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, "fsync")
    with pytest.raises(StorageError, match="No space left on device"):
        retract(store, run_id, "x")
    assert (store.home / "retractions.jsonl").read_bytes() == b""
    assert not scores(store).is_empty()


def test_the_ledger_is_the_truth(store: Store, run_id: str) -> None:
    line = {"run_id": run_id, "reason": "by hand", "retracted_at": "2026-03-01T12:00:00Z"}
    (store.home / "retractions.jsonl").write_text(f"{json.dumps(line)}\n")
    assert scores(store)["run_id"].unique().to_list() == [run_id]
    catch_up(store)
    assert scores(store).is_empty()


@pytest.mark.parametrize("line", ["{", "[]", '{"run_id": "a"}', '{"run_id": "a", "reason": "b", "retracted_at": "soon"}'])
def test_a_broken_ledger_names_its_line(home: Path, line: str) -> None:
    home.mkdir()
    good = '{"run_id": "a", "reason": "b", "retracted_at": "2026-03-01T12:00:00Z"}'
    (home / "retractions.jsonl").write_text(f"{good}\n{line}\n")
    with pytest.raises(RetractionError, match=r"retractions\.jsonl: line 2"):
        ledger(home)
