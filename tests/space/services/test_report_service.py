"""Authors' own folders through the form: taken in, refused with the API's words, and shown beside a worker's run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.services.report_service import ReportForm, ReportService
from counsel_leaderboard.space.services.submission_service import SIGN_IN, Caller, SubmissionService
from counsel_leaderboard.space.views import model
from counsel_leaderboard.space.views import submit as view
from tests.support.host_client import inspect
from tests.support.live_server import SETTINGS
from tests.support.run_folders import request, write
from tests.support.uploads import MOST, reported_files, reported_task, run_files, tar

ADA = Caller("203.0.113.1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home") as opened:
        yield opened


def counter(store: Store, *, signs_in: bool = False) -> ReportService:
    return ReportService(SubmissionService(store, replace(SETTINGS, inspect=inspect), signs_in=signs_in))


def archive(tmp_path: Path, raw: bytes | None = None) -> Path:
    files = reported_files(tmp_path)
    file = tmp_path / f"uploaded{len(list(tmp_path.iterdir()))}.tar"
    file.write_bytes(tar(files) if raw is None else raw)
    return file


def form(file: Path | None, **changes: str) -> ReportForm:
    return replace(ReportForm(file, "org/model", "main", "ada"), **changes)  # type: ignore[arg-type]


def top(store: Store, run_id: str) -> str:
    reader = BoardReader(store)
    return model.page(reader, reader.suite("open"), Address(run=run_id), ()).top


def test_a_folder_is_shown_as_self_reported_and_a_workers_run_beside_it(store: Store, tmp_path: Path) -> None:
    file = archive(tmp_path)
    receipt = counter(store).send(form(file), ADA)
    assert isinstance(receipt, tuple), receipt
    received, new = receipt
    assert (received.state, received.submitter, new) == ("stored", "ada", True)
    assert not file.exists()
    assert f"run={received.run_id}" in view.reported(received, new)
    assert "no run yet" in top(store, received.run_id)
    assert not BoardReader(store).suite("open").board.scores.filter("ranked").height
    task = reported_task()
    folder = write(tmp_path / "worker", [task], record=request([task], limit=MOST), limit=MOST)
    worker = ingest(folder, store.home, store=store).run_id
    page = top(store, received.run_id)
    assert "reproduced" in page
    assert f"run={worker}" in page
    assert "0.000 <small>within ±" in page
    assert "Was this run reproduced?" not in top(store, worker)
    again = counter(store).send(form(archive(tmp_path)), ADA)
    assert isinstance(again, tuple)
    assert "sent in before" in view.reported(*again)


def test_what_is_wrong_is_said_as_the_api_says_it_and_nothing_is_kept(store: Store, tmp_path: Path) -> None:
    desk = counter(store)
    for form_, field, message in (
        (form(archive(tmp_path, b"no archive at all")), "archive", "archive"),
        (form(archive(tmp_path, tar({"notes.txt": b"hello"}))), "archive", "results"),
        (form(archive(tmp_path, tar(run_files(tmp_path)))), "request.json", "worker made"),
        (form(archive(tmp_path), model="no-owner"), "model", "owner/name"),
        (form(archive(tmp_path), submitter=""), "submitter", "user name"),
        (form(None), "archive", "Choose the archive"),
    ):
        problems = desk.send(form_, ADA)
        assert isinstance(problems, list), form_
        assert field in [problem.field for problem in problems], problems
        assert message in " ".join(problem.message for problem in problems)
        assert form_.archive is None or not form_.archive.exists()
    assert not any((store.home / "runs").glob("*"))
    assert not any((store.home / "incoming").glob("*"))


def test_on_a_space_only_a_signed_in_person_sends_and_under_their_own_name(store: Store, tmp_path: Path) -> None:
    desk = counter(store, signs_in=True)
    assert desk.send(form(archive(tmp_path)), ADA) == [SIGN_IN]
    refused = desk.send(form(archive(tmp_path)), replace(ADA, person="grace"))
    assert isinstance(refused, tuple)
    assert refused[0].submitter == "grace"
