"""Forms in a real Chromium: what is wrong stands at its field, which has the focus; addresses of the Hub; the Host tab."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.app import create_app
from tests.space.browser.chromium import CHROMIUM, Browsers, picture
from tests.support.fake_hub import running
from tests.support.live_server import HOST, SETTINGS, in_event_loop, point_at, served, with_models
from tests.support.uploads import reported_files, tar

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]
BY_HAND = replace(SETTINGS, admission="hand", judge="org/judge")


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with running() as fake:
        point_at(with_models(fake), monkeypatch)
        with Store.open(tmp_path / "home") as store, served(in_event_loop(create_app, store, BY_HAND)) as at:
            yield at


def test_what_is_wrong_stands_at_its_field_which_has_the_focus(open_page: Browsers) -> None:
    page = open_page("?tab=submit")
    model = page.locator("#submit-model").get_by_role("textbox")
    model.fill("org/no-template")
    page.get_by_role("button", name="Submit", exact=True).click()
    name = page.get_by_label("Your user name on the Hub")
    expect(name).to_be_focused()
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#submit-form .wrong", has=name)).to_contain_text("Give your user name on the Hub")
    name.fill("ada")
    page.get_by_label("no", exact=True).check()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.locator("#submit-form .wrong")).to_have_count(1)
    expect(page.locator("#submit-form .wrong")).to_contain_text("no chat template")
    expect(page.locator("#submit-form .wrong input").first).to_be_focused()
    picture(page, "submit-wrong-field")
    model.fill("https://huggingface.co/org/model/tree/main")
    expect(page.locator("#submit-check")).to_contain_text("7B parameters")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.locator("#submit-result")).to_contain_text("Submitted")
    expect(page.locator("#submit-form .wrong")).to_have_count(0)


def test_results_of_another_model_need_a_reason(open_page: Browsers, tmp_path: Path) -> None:
    page = open_page("?tab=submit")
    page.get_by_text("Send in results of a run of your own").click()
    expect(page.locator("#report-form")).to_contain_text(f"--server {open_page.address.rstrip('/')}")
    page.locator("#report-model").get_by_role("textbox").fill("org/other")
    page.locator("#report-name").get_by_role("textbox").fill("ada")
    why = page.locator("#report-other-name").get_by_role("textbox")
    for reason, heading in (("", "Not submitted"), ("A copy of it in my own folder.", "Received")):
        why.fill(reason)
        page.locator("#report-archive input[type=file]").set_input_files(
            {"name": "results.tar.gz", "mimeType": "application/octet-stream", "buffer": tar(reported_files(tmp_path))}
        )
        expect(page.locator("#report-archive")).to_contain_text("results")
        page.get_by_role("button", name="Send in", exact=True).click()
        expect(page.locator("#report-result")).to_contain_text(heading)
        if not reason:
            expect(why).to_be_focused()
            expect(page.locator("#report-form .wrong")).to_contain_text("org/model")


def test_the_host_decides_and_reads_what_failed(open_page: Browsers, address: str) -> None:
    page = open_page("?tab=submit&model=org/model")
    page.get_by_label("Your user name on the Hub").fill("ada")
    page.get_by_label("no", exact=True).check()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.locator("#submit-result")).to_contain_text("The host reviews it first")
    page.get_by_role("tab", name="Host").click()
    key = page.get_by_label("Host token")
    key.fill("0" * 32)
    expect(page.locator("#host-page")).to_contain_text("not this server's host token")
    assert "org/model" not in page.locator("#host-page").inner_text()
    key.fill(HOST)
    waits = page.locator("#host-page")
    expect(waits).to_contain_text("counsel admit")
    expect(waits).to_contain_text("None has asked for work")
    expect(waits).to_contain_text("not taken")
    picture(page, "host-waits")
    page.get_by_role("button", name="Admit").click()
    expect(waits).to_contain_text("Choose first")
    page.get_by_label("org/model").check()
    page.get_by_role("button", name="Admit").click()
    expect(waits).to_contain_text("is in the queue")
    bearer = {"Authorization": f"Bearer {SETTINGS.worker_token}"}
    no_engine = {"worker": "desk", "engines": ["control"]}
    assert httpx.post(f"{address}api/v1/claim", json=no_engine, headers=bearer).status_code == 204
    expect(waits).to_contain_text("they lack the engine vllm")
    for _ in range(3):
        offer = {"worker": "tower", "engines": ["vllm"], "judge": "org/judge"}
        work = httpx.post(f"{address}api/v1/claim", json=offer, headers=bearer).json()
        body = {"lease": work["lease"], "reason": "engine_died", "detail": "LOGLINE <script>window.hacked=1</script>"}
        httpx.post(f"{address}api/v1/requests/{work['request']['id']}/fail", json=body, headers=bearer).raise_for_status()
    expect(waits.locator("pre").first).to_contain_text("LOGLINE <script>")
    assert page.evaluate("window.hacked") is None
    picture(page, "host-failed")
    page.get_by_label("org/model").check()
    page.get_by_role("button", name="Queue again").click()
    expect(waits).to_contain_text("is in the queue again")
