"""Submitting in a real Chromium: eight forms that are wrong, one that is right, followed to its transcripts; cancelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.app import create_app
from tests.space.browser.chromium import CHROMIUM, Browsers, picture
from tests.support.fake_hub import FakeHub, running
from tests.support.homes import HOSTILE
from tests.support.live_server import HOST, SETTINGS, Script, in_event_loop, point_at, served, with_models, worker
from tests.support.uploads import reported_files, tar

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]


LIMITED = replace(SETTINGS, address_quota=3)


@pytest.fixture
def fake_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with running() as fake:
        point_at(with_models(fake), monkeypatch)
        yield fake


@pytest.fixture
def address(tmp_path: Path, fake_hub: FakeHub) -> Iterator[str]:
    with Store.open(tmp_path / "home") as store, served(in_event_loop(create_app, store, LIMITED)) as at:
        yield at


def fill(page: Page, *, model: str = "org/model", name: str = "ada", interest: str | None = "no") -> None:
    """Fill in the form; the parts that a reader would set."""
    page.locator("#submit-model textarea, #submit-model input").fill(model)
    page.get_by_label("Your user name on the Hub").fill(name)
    if interest:
        page.get_by_label(interest, exact=True).check()


def send(page: Page) -> None:
    page.get_by_role("button", name="Submit", exact=True).click()


WRONG: list[tuple[str, dict[str, str | None], str]] = [
    ("no model", {"model": ""}, "owner/name"),
    ("no owner", {"model": "just-a-name"}, "owner/name"),
    ("not on the Hub", {"model": "org/nowhere"}, "is not on the Hub, or is private"),
    ("gated", {"model": "org/gated"}, "is gated"),
    ("pickles", {"model": "org/pickles"}, "no safetensors"),
    ("remote code", {"model": "org/remote-code"}, "auto_map"),
    ("no template", {"model": "org/no-template"}, "no chat template"),
    ("no licence", {"model": "org/no-licence"}, "states no licence"),
    ("no name", {"name": ""}, "user name on the Hub"),
    ("markup as a name", {"name": "<img src=x onerror=window.hacked=1>"}, "user name on the Hub"),
    ("interests open", {"interest": None}, "question about interests"),
]


def test_forms_that_are_wrong_say_what_and_how_to_mend_it(open_page: Browsers) -> None:
    page = open_page("?tab=submit")
    for _, changes, message in WRONG:
        page.goto(open_page.address + "?tab=submit")
        fill(page, **changes)  # type: ignore[arg-type]
        send(page)
        expect(page.locator("#submit-result")).to_contain_text("Not submitted")
        expect(page.locator("#submit-result")).to_contain_text(message)
        assert page.evaluate("window.hacked") is None
    picture(page, "submit-refused")
    page.get_by_label("Revision").fill("no-such-branch")
    expect(page.locator("#submit-check")).to_contain_text("has no revision")
    page.goto(open_page.address + "?tab=queue")
    expect(page.locator("#queue-rest")).to_contain_text("Nothing has been submitted yet")


def test_a_model_is_looked_up_as_it_is_typed(open_page: Browsers) -> None:
    page = open_page("?tab=submit")
    box = page.locator("#submit-model textarea, #submit-model input")
    box.press_sequentially("org/model", delay=30)
    expect(page.locator("#submit-check")).to_contain_text("7B parameters")
    expect(page.locator("#submit-check")).to_contain_text("0 requests wait before it")
    expect(page.locator("#submit-check")).to_contain_text("the time is not known")
    picture(page, "submit")
    box.fill(f"org/{HOSTILE[:60]}")
    expect(page.locator("#submit-check .notice")).to_contain_text("owner/name")
    assert page.evaluate("window.hacked") is None


def test_a_request_is_followed_from_the_form_to_its_transcripts(
    open_page: Browsers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("?tab=submit&model=org/model")
    expect(page.locator("#submit-check")).to_contain_text("7B parameters")
    page.get_by_label("Telling the better reply").uncheck()
    page.get_by_label("Your user name on the Hub").fill("ada")
    page.get_by_label("yes", exact=True).check()
    page.get_by_label("Which interest?").fill("I work where <b>it</b> was made.")
    send(page)
    expect(page.locator("#submit-result")).to_contain_text("Keep this key")
    picture(page, "submit-accepted")
    match = re.search("request ([0-9a-f]{16})", page.locator("#submit-result a.follow").inner_text())
    assert match
    spec_id = match[1]
    page.locator("#submit-result a.follow").click()
    expect(page).to_have_url(re.compile(f"tab=queue&request={spec_id}"))
    expect(page.locator("#queue-request")).to_contain_text("Position 1 in the queue")
    expect(page.locator("#queue-request")).to_contain_text("I work where <b>it</b> was made.")
    script = Script()
    with worker(open_page.address, tmp_path / "machine", script):
        expect(page.locator("#queue-request")).to_contain_text("Answering, 12 of 24")
        picture(page, "request-running")
        second = open_page("?tab=queue")
        expect(second.locator("#queue-running")).to_contain_text("answering, 12 of 24")
        picture(second, "queue-running")
        script.go_on.set()
        expect(page.locator("#queue-request")).to_contain_text("See its page")
        expect(second.locator("#queue-rest")).to_contain_text("1 done")
    page.locator("#queue-request a.follow").click()
    expect(page.locator("#model-top h2")).to_contain_text("org/model")
    expect(page.locator("#model-top")).to_contain_text("I work where <b>it</b> was made.")
    expect(page.locator(".transcript").first).to_be_visible()
    assert next(iter((tmp_path / "home/requests").iterdir())).stem == spec_id
    # From the board to the run, from the run to what was asked, and back.
    page.goto(open_page.address)
    page.locator("#board-table a", has_text="org/model").first.click()
    expect(page.locator("#model-top a.request")).to_have_text(f"request {spec_id}")
    (run,) = (tmp_path / "home/runs").iterdir()
    expect(page).to_have_url(re.compile(f"run={run.name}"))
    page.locator("#model-top a.request").click()
    expect(page).to_have_url(re.compile(f"tab=queue&request={spec_id}"))
    expect(page.locator("#queue-request .history a")).to_have_text(run.name)


def test_an_authors_own_folder_is_sent_in_and_seen(open_page: Browsers, tmp_path: Path) -> None:
    page = open_page("?tab=submit")
    page.get_by_text("Send in results of a run of your own").click()
    page.locator("#report-model input, #report-model textarea").fill("org/model")
    page.locator("#report-name input, #report-name textarea").fill("ada")
    files = reported_files(tmp_path)
    archives = {"broken.zip": b"PK no archive", "results.tar.gz": tar(files)}
    for (name, raw), heading in zip(archives.items(), ("Not submitted", "Received"), strict=True):
        page.locator("#report-archive input[type=file]").set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": raw}
        )
        expect(page.locator("#report-archive")).to_contain_text(name.split(".")[0])
        page.get_by_role("button", name="Send in", exact=True).click()
        expect(page.locator("#report-result")).to_contain_text(heading)
    picture(page, "report-received")
    page.locator("#report-result a.follow").click()
    expect(page.locator("#model-top h2")).to_contain_text("self-reported")
    expect(page.locator("#model-top")).to_contain_text("no run yet")
    picture(page, "model-self-reported")


def test_one_cancels_ones_own_request_and_no_other(open_page: Browsers) -> None:
    page = open_page("?tab=submit")
    fill(page)
    send(page)
    key = page.locator("#submit-result .key-text").inner_text()
    page.locator("#submit-result a.follow").click()
    expect(page.locator("#queue-request")).to_contain_text("Position 1 in the queue")
    page.get_by_label("Key").fill("0" * 32)
    page.get_by_role("button", name="Cancel this request").click()
    expect(page.locator("#queue-refusal")).to_contain_text("is needed to cancel it")
    page.wait_for_timeout(3000)  # the page was brought up to date meanwhile
    expect(page.locator("#queue-refusal")).to_contain_text("is needed to cancel it")
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Cancel this request").click()
    expect(page.locator("#queue-request")).to_contain_text("It was cancelled")
    expect(page.locator("#queue-refusal .notice")).to_have_count(0)
    page.goto(open_page.address + "?tab=queue&state=cancelled")
    expect(page.locator("#queue-rest")).to_contain_text("org/model")
    picture(page, "queue-cancelled")


def test_an_address_cannot_submit_without_end(open_page: Browsers) -> None:
    page = open_page("?tab=submit")
    for turn, name in enumerate(("template's chat", "plain text"), 1):
        page.goto(open_page.address + "?tab=submit")
        fill(page, model="org/model")
        if turn == 2:
            page.get_by_label(name).check()
        send(page)
        expect(page.locator("#submit-result")).to_contain_text("Submitted")
    page.goto(open_page.address + "?tab=submit")
    fill(page, model="org/other")
    send(page)
    expect(page.locator("#submit-result")).to_contain_text("Submitted")
    page.goto(open_page.address + "?tab=submit")
    fill(page, model="org/no-template")
    page.get_by_label("plain text").check()
    send(page)
    expect(page.locator("#submit-result")).to_contain_text("3 is the limit")


def test_log_lines_are_for_the_host(open_page: Browsers, address: str) -> None:
    import httpx

    page = open_page("?tab=submit")
    fill(page)
    send(page)
    page.locator("#submit-result a.follow").click()
    expect(page.locator("#queue-request")).to_contain_text("Position 1")
    bearer = {"Authorization": f"Bearer {SETTINGS.worker_token}"}
    for _ in range(3):
        work = httpx.post(f"{address}api/v1/claim", json={"worker": "w", "engines": ["vllm"]}, headers=bearer).json()
        body = {"lease": work["lease"], "reason": "engine_died", "detail": "LOGLINE <script>window.hacked=1</script>"}
        httpx.post(f"{address}api/v1/requests/{work['request']['id']}/fail", json=body, headers=bearer).raise_for_status()
    expect(page.locator("#queue-request")).to_contain_text("The engine stopped while it answered")
    assert "LOGLINE" not in page.content()
    page.get_by_label("Key").fill(HOST)
    expect(page.locator("#queue-request pre").first).to_contain_text("LOGLINE <script>")
    assert page.evaluate("window.hacked") is None
    picture(page, "request-failed")
