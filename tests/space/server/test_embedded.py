"""The board's table for pages of others: it may be framed, has no script, and shows what the address names."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from counsel_leaderboard.space.app import create_app
from counsel_leaderboard.space.services.board_reader import BoardReader
from tests.support.homes import HOSTILE
from tests.support.live_server import in_event_loop


@pytest.fixture
def client(reader: BoardReader) -> TestClient:
    return TestClient(in_event_loop(create_app, reader.store))


@pytest.mark.slow
def test_any_page_may_frame_it_and_no_other_page(client: TestClient) -> None:
    embedded, page = client.get("/embed/board"), client.get("/")
    assert embedded.status_code == 200
    policy = embedded.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "x-frame-options" not in embedded.headers
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert "set-cookie" not in embedded.headers


def test_it_has_no_script_and_no_form_and_hostile_names_stay_text(client: TestClient) -> None:
    page = client.get("/embed/board?sort=model").text
    assert not re.search(r"<(script|form|input|iframe|img|object)", page)
    assert HOSTILE.split('"', maxsplit=1)[0].replace("<", "&lt;") in page


def test_it_shows_the_view_of_its_address(client: TestClient) -> None:
    page = client.get("/embed/board?q=harbor&controls=no&density=full").text
    assert re.findall(r'class="pinned model"><a[^>]*>([^<]+)</a>', page) == [
        "northwind/Harbor-7B-Instruct",
        "northwind/Harbor-1B-Instruct",
    ]
    assert 'class="board dense full"' in page
    # Links lead to the whole board in a window of their own.
    assert '<base href="../" target="_blank">' in page
    assert 'href="?density=full&amp;q=harbor' in page
    assert client.get("/embed/board?suite=nonsense").status_code == 200
    assert "No model matches" in client.get("/embed/board?q=nobodyhasthisname").text
