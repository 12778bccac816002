from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from counsel_leaderboard.leaderboard.exchange import running_server
from counsel_leaderboard.leaderboard.store.database import StoreError


def test_a_server_is_known_while_it_runs(tmp_path: Path) -> None:
    assert running_server.address_of(tmp_path) is None
    running_server.announce(tmp_path, "http://127.0.0.1:7860")
    assert running_server.address_of(tmp_path) == "http://127.0.0.1:7860"
    running_server.withdraw(tmp_path)
    running_server.withdraw(tmp_path)
    assert running_server.address_of(tmp_path) is None


def test_the_board_is_what_the_server_renders() -> None:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, stream=httpx.ByteStream(b"the board\n"))

    transport = httpx.MockTransport(answer)
    assert running_server.board("http://127.0.0.1:1", "upstream", "table", 80, transport) == b"the board\n"
    assert str(asked[0]) == "http://127.0.0.1:1/api/v1/leaderboard?source=upstream&format=table&width=80"
    running_server.board("http://127.0.0.1:1", "open", "csv", 80, transport)
    assert "width" not in str(asked[1])


def test_a_server_that_does_not_answer_is_named() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1: has the store open, and no answer"):
        running_server.board("http://127.0.0.1:1", "open", "table", 80, httpx.MockTransport(refuse))
    broken = httpx.MockTransport(lambda _: httpx.Response(500, stream=httpx.ByteStream(b"")))
    with pytest.raises(StoreError, match="HTTP 500"):
        running_server.board("http://127.0.0.1:1", "open", "table", 80, broken)
