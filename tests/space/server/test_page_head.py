"""Each view's own title and description, and errors as pages."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.app import create_app
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import footer
from tests.support.homes import HOSTILE
from tests.support.live_server import in_event_loop

BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def client(full_home: tuple[Path, dict[str, str]]) -> Iterator[TestClient]:
    with Store.open(full_home[0]) as store, TestClient(in_event_loop(create_app, store)) as opened:
        yield opened


def head(page: str) -> tuple[str, str]:
    (title,) = re.findall(r"<title>([^<]*)</title>", page)
    (description,) = re.findall(r'<meta name="description" content="([^"]*)" />', page)
    assert re.findall(r'<meta property="og:title" content="([^"]*)"', page) == [title]
    (picture,) = re.findall(r'<meta property="og:image" content="([^"]*)"', page)
    assert picture.startswith("http://testserver/preview.png")
    assert re.findall(r'<meta property="og:description" content="([^"]*)"', page) == [description]
    return title, description


@pytest.mark.parametrize(
    ("query", "title", "words"),
    [
        ("", "Counsel: a leaderboard of counseling LLMs in English", "models on 7 tasks: every score with its interval"),
        ("?tab=model&run={elm/Listener-8B}", "elm/Listener-8B · Counsel", "The scores of elm/Listener-8B on 6 tasks"),
        (
            "?tab=model&run={elm/Listener-8B}&task=counsel_stigma_plain",
            "elm/Listener-8B: Stigma · Counsel",
            "item by item",
        ),
        (
            "?tab=compare&runs={elm/Listener-8B},{quiet/Reflect-3B}",
            "elm/Listener-8B against quiet/Reflect-3B · Counsel",
            "Paired differences",
        ),
        ("?tab=model&run=nobody", "Model · Counsel", "one model"),
        ("?tab=datasets&card=nothing", "Datasets · Counsel", "cards of all datasets"),
        ("?tab=judge", "Judge · Counsel", "exam"),
        ("?tab=nothing&page=2", "Counsel: a leaderboard of counseling LLMs in English", "every score"),
    ],
)
def test_each_view_has_a_title_and_a_description(
    client: TestClient, ids: dict[str, str], query: str, title: str, words: str
) -> None:
    for name, run in ids.items():
        query = query.replace(f"{{{name}}}", run)
    answer = client.get("/" + query, headers=BROWSER)
    assert answer.status_code == 200
    shown = head(answer.text)
    assert shown[0] == title
    assert words in shown[1]


def test_no_tag_names_gradio_and_the_page_is_whole(client: TestClient) -> None:
    page = client.get("/").text
    before_scripts = page.split("<script>")[0]
    assert "gradio" not in before_scripts.lower()
    assert page.rstrip().endswith("</html>")
    assert "window.gradio_config" in page


def test_a_name_in_a_title_is_text(client: TestClient, ids: dict[str, str]) -> None:
    page = client.get("/", params={"tab": "model", "run": ids["hostile"]}).text
    assert HOSTILE not in page
    assert "&lt;img src=x" in head(page)[0]


def test_an_error_is_a_page_for_a_reader_and_json_for_a_program(client: TestClient) -> None:
    page = client.get("/nothing/here", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page" in page.text
    assert '<a href="/">To the board</a>' in page.text
    assert client.get("/nothing/here").json() == {"error": "Not found."}
    assert client.get("/api/v1/runs/nothing", headers=BROWSER).headers["content-type"] == "application/json"


def test_the_footer_says_version_date_licence_and_how_to_cite(reader: BoardReader) -> None:
    shown = footer.html(reader.suite("open"), datetime(2026, 5, 6, tzinfo=UTC))
    assert "newest run of 2026-01-02" in shown
    assert "Apache-2.0" in shown
    assert re.search(r"Version [\d.]+, open suite, read on 2026-05-06", shown)


def test_each_view_has_a_picture(client: TestClient, ids: dict[str, str]) -> None:
    pictures = []
    for query in (
        {},
        {"tab": "model", "run": ids["elm/Listener-8B"]},
        {"tab": "model", "run": ids["hostile"]},
        {"tab": "nothing"},
    ):
        answer = client.get("/preview.png", params=query)
        assert answer.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)
        pictures.append(answer.content)
    assert len(set(pictures)) == 3  # an address that says nothing is the board's
