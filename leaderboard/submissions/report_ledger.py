"""Who sent which self-reported run and when: one file per report, `reports/<run_id>.json`, which is never deleted."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from counsel_leaderboard.leaderboard.runs.files import StorageError, decode_json, first_problem, write_whole
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.leaderboard.submissions.queue.queue import now
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import Moment
from counsel_leaderboard.leaderboard.submissions.submission import RunId
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import CounselError

FOLDER = "reports"
DAY = timedelta(days=1)


class UnknownReportError(CounselError):
    """No report has this id."""


class Received(Closed):
    """One report as `reports/<run_id>.json` holds it; `address` is a hash. While it is pending its files lie beside it.

    `submitter` is a name as it was given; `account` the Hugging Face account that had signed in, None where nobody had.
    `other_name`: why the results name another model, None where they name this one.
    """

    run_id: RunId
    state: Literal["pending", "stored", "refused"]
    model: Text
    revision: Text
    submitter: Text
    account: Text | None = None
    address: Text | None
    received_at: Moment
    tasks: list[Text]
    n_samples: Annotated[int, Field(ge=0)]
    other_name: Text | None = None


def write(home: Path, received: Received) -> None:
    """Write the report's file atomically. Raises StorageError."""
    raw = f"{received.model_dump_json()}\n"
    write_whole(_file(home, received.run_id), raw, "then send it again", flush="bytes and name")


def exists(home: Path, run_id: str) -> bool:
    """Whether there is a report of that id."""
    return _file(home, run_id).is_file()


def read(home: Path, run_id: str) -> Received:
    """The report of that id. Raises UnknownReportError, StorageError."""
    if not exists(home, run_id):
        raise UnknownReportError(f"{run_id}: no report has this id.")
    return _of_file(_file(home, run_id))


def pending(home: Path) -> list[Received]:
    """Reports that wait for the host's decision, oldest first."""
    reports = (_of_file(file) for file in (home / FOLDER).glob("[!.]*.json"))
    return sorted(
        (report for report in reports if report.state == "pending"), key=lambda report: (report.received_at, report.run_id)
    )


def recent(home: Path, account: str | None, address: str | None) -> tuple[int, int]:
    """How many reports of that account, and from that address (its hash), came in the last 24 hours."""
    since, moment = time.time() - DAY.total_seconds(), now() - DAY
    files = (file for file in (home / FOLDER).glob("[!.]*.json") if file.stat().st_mtime >= since)
    reports = [received for received in map(_of_file, files) if received.received_at > moment]
    by_address = sum(received.address == address for received in reports) if address is not None else 0
    by_account = sum((received.account or "").lower() == account.lower() for received in reports) if account else 0
    return by_account, by_address


def _file(home: Path, run_id: str) -> Path:
    return home / FOLDER / f"{run_id}.json"


def _of_file(file: Path) -> Received:
    try:
        return Received.model_validate(decode_json(file.read_text(encoding="utf-8"), str(file)))
    except ValidationError as error:
        raise StorageError(f"{file}: is not a report ({first_problem(error)}). Restore it from a backup.") from error
