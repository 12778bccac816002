"""A worker's calls to the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.runners.worker import Server
from counsel_leaderboard.runners.worker.client import ServerRefusedError, ServerUnavailableError
from counsel_leaderboard.runners.worker.work_dir import WorkDir
from tests.support.worker import Make, Wire


def test_a_wrong_token_is_said(wire: Wire, slot: WorkDir, make: Make) -> None:
    worker = make()
    worker.server = Server("http://test", "wrong", wire)
    with pytest.raises(ServerRefusedError, match="the right bearer token"):
        worker.run(once=True)
    worker.server.close()


def test_what_is_no_server_of_ours_is_said(tmp_path: Path) -> None:
    with pytest.raises(ServerUnavailableError, match="does not answer"):
        Server("http://127.0.0.1:1").call("GET", "/queue")
    with pytest.raises(ServerUnavailableError):
        Server("ftp://x").call("GET", "/queue")
