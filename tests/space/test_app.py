"""The whole app over a full home, without a browser: every page and every file it can give."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest
from fastapi.testclient import TestClient

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.registry.cards.catalog import cards
from counsel_leaderboard.registry.review.reviews import reviews_of_tasks
from counsel_leaderboard.space import app
from counsel_leaderboard.space.address import TABS, Address
from counsel_leaderboard.space.navigation import Pages
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.services.submission_service import SubmissionService
from tests.support.homes import GATED_MARKER, HOSTILE, WITHHELD_MARKER, open_tasks, request, store_run
from tests.support.live_server import in_event_loop

UNJUDGED = "Unnamed-Counsel-Model-with-a-long-name-v0.3-preview"


@pytest.fixture(scope="module")
def pages(reader: BoardReader) -> Pages:
    return in_event_loop(app.build, reader, SubmissionService(reader.store, ServerSettings()))[1]


def text(pages: Pages, address: Address) -> str:
    """All that a page sends to the browser for an address, controls and their choices included."""
    return "\n".join(map(str, pages.load(address.query()).values()))


def every_address(ids: dict[str, str]) -> list[Address]:
    """Each tab, and of runs of each kind every transcript of the tasks that hold something back, in each order."""
    addresses = [Address(tab=tab, suite=suite) for tab in TABS for suite in ("open", "upstream")]
    upstream = [run for name, run in ids.items() if name.startswith("upstream")]
    others = [ids[name] for name in ("elm/Listener-70B", "quiet/Reflect-3B", "atelier/" + UNJUDGED, "echo")]
    shown = [("position", 1), ("position", 2), ("position", 3), ("best", 1), ("worst", 1)]
    for run, suite, task in (
        *((run, "open", "counsel_response") for run in others),
        *((run, "upstream", "counsel_preference_rank") for run in upstream),
    ):
        addresses += [Address(tab="model", suite=suite, run=run, task=task, order=order, page=page) for order, page in shown]
    return [*addresses, Address(tab="compare", suite="upstream", runs=",".join(upstream))]


def test_what_may_not_be_shown_is_on_no_page_and_in_no_file(pages: Pages, ids: dict[str, str], reader: BoardReader) -> None:
    # Both markers are stored, or their absence would show nothing.
    stored = "".join(path.read_text("utf-8") for path in reader.store.runs.glob("*/samples_*.jsonl"))
    assert GATED_MARKER in stored
    assert WITHHELD_MARKER in stored
    shown = "\n".join(text(pages, address) for address in every_address(ids))
    with TestClient(in_event_loop(app.create_app, reader.store)) as client:
        files = b"".join(
            client.get(f"/export/{suite}.{kind}").content
            for suite in ("open", "upstream")
            for kind in ("csv", "json", "parquet")
        )
        shown += client.get("/").text
    for marker in (GATED_MARKER, WITHHELD_MARKER):
        assert marker not in shown
        assert marker.encode() not in files
    assert "Withheld: a reply to a risk item" in shown
    assert "says redistribute: no" in shown


def test_hostile_text_is_text_on_every_page(pages: Pages, ids: dict[str, str]) -> None:
    run = ids["hostile"]
    for address in (
        Address(),
        Address(q=HOSTILE[:20]),
        Address(tab="model", run=run),
        Address(tab="compare", runs=f"{run},{ids['echo']}"),
        Address(tab="judge"),
        Address(tab="model", run="<script>1</script>"),
        Address(tab="datasets", card="<script>1</script>", q="<b>"),
        Address(sort="<script>1</script>"),
    ):
        html = "\n".join(value for value in pages.load(address.query()).values() if isinstance(value, str) and "</" in value)
        assert "<script" not in html.lower()
        assert "<img" not in html.lower()
        assert "\u202e" not in html
        assert "\x1b" not in html
    model = text(pages, Address(tab="model", run=run))
    assert "&lt;script&gt;window.hacked=1&lt;/script&gt;" in model
    assert "[U+001B][31mred" in model
    assert "{{7*7}} ${window.hacked=1}" in model


def test_every_view_is_restored_and_says_its_own_address(pages: Pages, ids: dict[str, str]) -> None:
    for address in every_address(ids)[::7]:
        assert pages.load(address.query())[pages.navigation] == address.query()


def test_a_part_of_an_address_that_cannot_be_used_is_said_on_the_page(pages: Pages) -> None:
    shown = "\n".join(map(str, pages.load("?tab=model&order=random").values()))
    assert "must be one of" in shown
    assert "must be one of" not in "\n".join(map(str, pages.load("?tab=model").values()))


def test_a_model_page_shows_the_field_the_command_and_the_reason(pages: Pages, ids: dict[str, str]) -> None:
    page = text(pages, Address(tab="model", run=ids["elm/Listener-70B"], task="counsel_psyllm"))
    assert "It names the feeling first." in page
    assert "counsel eval elm/Listener-70B --url" in page
    assert "has no card on file" in page
    assert "median" in page


def test_a_self_reported_run_offers_no_command(pages: Pages, ids: dict[str, str]) -> None:
    page = text(pages, Address(tab="model", run=ids["self"]))
    assert "no command repeats it" in page
    assert "counsel eval" not in page
    assert "counsel eval" in text(pages, Address(tab="model", run=ids["elm/Listener-70B"]))


def test_an_unknown_run_is_said_and_nothing_is_invented(pages: Pages) -> None:
    page = text(pages, Address(tab="model", run="0" * 16))
    assert "is stored here" in page
    assert "Which model?" in page
    assert "counsel eval" not in page


def test_the_suite_says_what_its_items_are(pages: Pages) -> None:
    drafted, published = (
        f"model-drafted: 0 of {reviews_of_tasks().items:,} reviewed by clinicians",
        "upstream items, our instructions",
    )
    for suite, says, not_says in (("open", drafted, published), ("upstream", published, drafted)):
        page = text(pages, Address(suite=suite))
        assert says in page
        assert not_says not in page


def test_the_exports_are_the_board(reader: BoardReader) -> None:
    with TestClient(in_event_loop(app.create_app, reader.store)) as client:
        assert client.get("/health").json() == {"status": "ok", "models": 12}
        response = client.get("/export/open.parquet")
        assert response.status_code == 200
        assert response.headers["content-disposition"] == 'attachment; filename="counsel-board-open.parquet"'
        assert pl.read_parquet(io.BytesIO(response.content)).equals(reader.suite("open").board.scores)
        # The same bytes and tag as the API's, and whoever has them is not sent them again.
        tag = client.get("/api/v1/leaderboard?format=parquet").headers["etag"]
        assert response.headers["etag"] == tag
        assert client.get("/export/open.parquet", headers={"If-None-Match": tag}).status_code == 304
        assert client.get("/export/open.exe").status_code == 422
        assert client.get("/export/secret.csv").status_code == 422


def test_a_run_stored_while_serving_is_on_the_next_page(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        pages = in_event_loop(app.build, BoardReader(store), SubmissionService(store, ServerSettings()))[1]
        assert "No model was asked anything in this suite yet" in text(pages, Address())
        tasks = open_tasks(0.9, 1)
        record = request(tasks, judge=tasks[0].judge)
        run = store_run(tmp_path, tasks, record, "org/model", store)
        page = text(pages, Address())
        assert "org/model" in page
        assert "No runs are stored" not in page
        assert "Transcripts" in text(pages, Address(tab="model", run=run))


def test_the_judge_page_counts_what_is_stored(pages: Pages) -> None:
    page = text(pages, Address(tab="judge"))
    assert "No judge has passed the exam yet" in page
    # Six judged models and three controls; one run judged by nobody.
    assert "9 runs" in page
    assert "1 run has" in page


def test_a_dataset_card_shows_its_flags_and_citation(pages: Pages) -> None:
    assert "non-commercial" in text(pages, Address(tab="datasets", card="psychocounsel-preference"))
    assert f"of {len(cards())} datasets" in text(pages, Address(tab="datasets"))
    assert "<b>0</b>" in text(pages, Address(tab="datasets", q="no such dataset"))
