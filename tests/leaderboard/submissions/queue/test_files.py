"""A queue's files say the same as its table, whatever happens between the two."""

from __future__ import annotations

import json

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.runs.files import ResultsError, StorageError
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.leaderboard.store.rebuild import catch_up, rebuild
from counsel_leaderboard.leaderboard.submissions.queue import Queue, QueueError, RequestProgress, files
from counsel_leaderboard.registry.common import atomic
from tests.leaderboard.submissions.queue.queue_requests import CPU, claim, lease, spec, submit
from tests.support.full_disk import refuse


def test_a_request_that_does_not_fit_its_row_leaves_no_file(queue: Queue) -> None:
    with pytest.raises(ResultsError, match=r"^requests: holds a value"):
        submit(queue, parameters=2**63)
    assert list((queue.store.home / "requests").glob("*")) == []


def table(store: Store) -> pl.DataFrame:
    with store.reading() as cursor:
        return frame(cursor, "SELECT * FROM requests ORDER BY spec_id")


def every_state(queue: Queue) -> None:
    submit(queue, "control/cancelled")
    queue.cancel(spec("control/cancelled").spec_id)
    submit(queue, "control/done")
    request = claim(queue)
    queue.storing(*lease(request), "0" * 16)
    queue.finish(*lease(request))
    submit(queue, "control/failed")
    queue.fail(*lease(claim(queue)), "upload_rejected", "no: 'quoted' \N{SNOWMAN}")
    submit(queue, "control/queued")
    submit(queue, "control/pending", admitted=False)


def test_rebuild_gives_the_same_table(queue: Queue, store: Store) -> None:
    every_state(queue)
    before, home = table(store), store.home
    assert sorted(before["state"]) == ["cancelled", "done", "failed", "pending", "queued"]
    store.close()
    assert rebuild(home).requests == 5
    with Store.open(home) as rebuilt:
        assert table(rebuilt).equals(before)


def test_a_crash_between_file_and_row_is_made_good_at_the_next_start(queue: Queue, store: Store) -> None:
    request = submit(queue)
    files.write(store.home, request.model_copy(update={"state": "cancelled", "reason": "cancelled"}))
    (store.home / files.FOLDER / f"{atomic.PARTIAL}1").write_text("{half")
    catch_up(store)
    assert queue.get(request.spec_id).state == "cancelled"
    assert [file.name for file in (store.home / files.FOLDER).iterdir()] == [f"{request.spec_id}.json"]


def test_after_a_restart_a_worker_keeps_its_lease(queue: Queue, store: Store) -> None:
    submit(queue)
    request = claim(queue)
    catch_up(store)
    queue.heartbeat(*lease(request), RequestProgress(done=1))
    assert (queue.get(request.spec_id).state, queue.get(request.spec_id).attempts) == ("running", 1)


def test_a_full_disk_leaves_the_queue_as_it_was(queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    request = submit(queue)
    refuse(monkeypatch, "fsync", call=None)
    with pytest.raises(StorageError, match="No space left"):
        queue.claim("w1", CPU)
    with pytest.raises(StorageError):
        submit(queue, "control/other")
    monkeypatch.undo()
    assert queue.get(request.spec_id) == request
    assert queue.counts()["queued"] == 1


@pytest.mark.parametrize("damage", ["{", "[]", '{"schema": 1}'])
def test_a_damaged_file_is_named(queue: Queue, store: Store, damage: str) -> None:
    request = submit(queue)
    file = store.home / files.FOLDER / f"{request.spec_id}.json"
    file.write_text(damage)
    with pytest.raises(Exception, match=request.spec_id):
        files.read(file)


def test_a_file_under_another_name_is_refused(queue: Queue, store: Store) -> None:
    request = submit(queue)
    file = store.home / files.FOLDER / f"{request.spec_id}.json"
    file.rename(file.with_name("0123456789abcdef.json"))
    with pytest.raises(QueueError, match="holds the request"):
        files.read_all(store.home)
    assert json.loads(file.with_name("0123456789abcdef.json").read_text())["state"] == "queued"
