"""Uploads are parsed in a process with limits: hostile ones are refused by name, and nothing of them is left."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from counsel_leaderboard.leaderboard.exchange import ArchiveError, TooLargeError
from counsel_leaderboard.leaderboard.runs.files import ResultsError
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest, ingest_run
from counsel_leaderboard.leaderboard.submissions.uploads.intake import stored_run, unpacked_run
from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.processes import limited_child
from counsel_leaderboard.registry.common.processes.limited_child import ChildLimits, ChildRun
from tests.leaderboard.submissions.uploads.hostile_uploads import UPLOADS
from tests.support import serve_command
from tests.support.parsing import in_this_process
from tests.support.run_folders import write
from tests.support.uploads import STIGMA, run_files, tar

REFUSALS = (ArchiveError, TooLargeError, ResultsError)


def put(tmp_path: Path, raw: bytes) -> Path:
    folder = tmp_path / f"upload{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    (folder / "archive").write_bytes(raw)
    return folder / "archive"


@pytest.mark.parametrize(
    "child",
    [
        pytest.param(in_this_process, id="read here"),
        pytest.param(limited_child.run, id="read in the child", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", UPLOADS)
def test_a_hostile_upload_is_refused_by_name(name: str, child: ChildRun, tmp_path: Path) -> None:
    archive = put(tmp_path, UPLOADS[name](run_files(tmp_path)))
    with pytest.raises(REFUSALS, match=r"^(upload: ('|holds|is not|samples_)|samples_|results_)") as caught:
        unpacked_run(archive, 1 << 28, limits=ChildLimits(memory=2 << 30, processor_s=60), child=child)
    assert str(tmp_path) not in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert sum(file.stat().st_blocks * 512 for file in archive.parent.rglob("*") if file.is_file()) < 64 << 20


@pytest.mark.parametrize(
    "limits", [ChildLimits(memory=8 << 20), ChildLimits(wall_s=0), ChildLimits(file=1), ChildLimits(memory=120 << 20)]
)
def test_a_child_that_needs_more_than_its_limits_is_a_refusal(limits: ChildLimits, tmp_path: Path) -> None:
    with pytest.raises(TooLargeError, match=r"^upload: (needs more than|takes more than|could not be read; the run)"):
        unpacked_run(put(tmp_path, tar(run_files(tmp_path))), 1 << 20, limits=limits)


def test_what_the_child_read_is_stored_as_if_it_had_been_read_here(tmp_path: Path) -> None:
    files = run_files(tmp_path)
    with Store.open(tmp_path / "one") as store:
        report = ingest_run(unpacked_run(put(tmp_path, tar(files)), 1 << 20), store.home, store=store)
        assert report.new
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    with Store.open(tmp_path / "two") as store:
        assert ingest(folder, store.home, store=store).run_id == report.run_id
    for part in (f"runs/{report.run_id}", f"cache/{report.run_id}"):
        first, second = (
            {file.name: file.read_bytes() for file in (tmp_path / home / part).iterdir()} for home in ("one", "two")
        )
        assert first == second


def test_a_folder_that_waits_is_read_in_the_child_too(tmp_path: Path) -> None:
    folder, work = write(tmp_path / "folder", [STIGMA]), tmp_path / "work"
    work.mkdir()
    run = stored_run(folder, work)
    with Store.open(tmp_path / "home") as store:
        assert ingest_run(run, store.home, store=store).run_id == run.run_id
    assert sorted(file.name for file in folder.iterdir()) == sorted(run.sources)


def test_the_child_has_no_secret_in_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_ADMIN_TOKEN", "planted-0123456789-planted-0123456789")
    (tmp_path / "told.py").write_text(
        "import os\nfrom counsel_leaderboard.registry.common import events\n"
        "events.send(events.Failed(message=' '.join(os.environ.values())))\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    event = limited_child.run("told", "", ChildLimits())
    assert isinstance(event, events.Failed)
    assert "planted" not in event.message


def resident(process: int) -> int:
    """Bytes of memory that a process holds now."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, int]]:
    environment = {"COUNSEL_ADMISSION": "automatic", "COUNSEL_WORKER_TOKEN": "worker-token-0123456789abcdefghi"}
    with serve_command.start(tmp_path / "home", environment) as process:
        try:
            yield serve_command.address_of(process), process.pid
        finally:
            process.terminate()
            process.communicate(timeout=60)


@pytest.mark.slow
def test_a_server_neither_grows_nor_stands_still_while_hostile_uploads_are_parsed(
    server: tuple[str, int], tmp_path: Path
) -> None:
    """As a worker, whose uploads have no quota: unpacked and refused before anything asks for the request."""
    address, process = server
    headers = {"Authorization": "Bearer worker-token-0123456789abcdefghi", "Lease": "0" * 32}
    files = run_files(tmp_path)
    httpx.get(f"{address}/api/v1/health/live", timeout=60)
    before, slowest, ended, statuses = resident(process), 0.0, threading.Event(), []

    def ask() -> None:
        nonlocal slowest
        while not ended.wait(0.05):
            begun = time.monotonic()
            assert httpx.get(f"{address}/api/v1/health/live", timeout=60).status_code == 200
            slowest = max(slowest, time.monotonic() - begun)

    watcher = threading.Thread(target=ask)
    watcher.start()
    try:
        for name in ("sparse tar", "pax header", "objects by the million", "four megabytes of one quotation mark"):
            answer = httpx.post(
                f"{address}/api/v1/requests/{'0' * 16}/run", content=UPLOADS[name](files), headers=headers, timeout=300
            )
            statuses.append(answer.status_code)
            assert set(json.loads(answer.text)) == {"field", "rule", "message"}
    finally:
        ended.set()
        watcher.join()
    assert set(statuses) <= {413, 422}
    assert resident(process) < 2 * before
    assert slowest < 5  # of a machine that other tests use too
    assert not list((tmp_path / "home/runs").glob("*"))
    assert not list((tmp_path / "home/incoming").glob("*"))
