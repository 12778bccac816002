from __future__ import annotations

import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import httpx
import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.server.serving import KEEP_ALIVE_SECONDS, ServeError, listen
from tests.support.serve_command import address_of, start


def test_a_taken_port_is_named_with_the_next_step() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServeError, match=rf"port {port} of 127\.0\.0\.1.*--port"):
            listen("127.0.0.1", port)


def test_a_host_that_is_none_is_named() -> None:
    with pytest.raises(ServeError, match="--host"):
        listen("256.256.256.256", 0)


def test_port_0_is_some_free_port() -> None:
    with listen("127.0.0.1", 0) as first, listen("127.0.0.1", 0) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


@pytest.mark.slow
def test_the_command_serves_until_ctrl_c_and_leaves_the_store_whole(tmp_path: Path) -> None:
    with start(tmp_path, stderr=subprocess.PIPE) as server:
        try:
            with urllib.request.urlopen(f"{address_of(server)}/health", timeout=60) as answer:
                assert answer.status == 200
            server.send_signal(signal.SIGINT)
            out, errors = server.communicate(timeout=60)
        finally:
            server.kill()
    assert server.returncode == 0
    assert "Traceback" not in out + errors
    Store.open(tmp_path).close()


def test_an_idle_connection_is_closed_by_the_client_first() -> None:
    """Closed by the server as a call is on its way, it would lose that call; workers call with httpx."""
    patience = httpx.Limits().keepalive_expiry
    assert patience is not None
    assert 2 * patience < KEEP_ALIVE_SECONDS
