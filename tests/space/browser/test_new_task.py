"""A host's own task, made by the documented steps, from lm_eval to a ranked column on the board's page in Chromium."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect

from tests.space.browser.chromium import CHROMIUM, browsers, picture
from tests.support.serve_command import COUNSEL, serving
from tests.support.stand_in_server import standing_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no Chromium at {CHROMIUM}: apt-get install chromium"),
]

ITEMS = 24


def better(payload: dict[str, Any]) -> str:
    """The letter of the reply that is marked as the better one."""
    match = re.search(r"\(([AB])\) better", payload["messages"][-1]["content"])
    assert match is not None
    return match[1]


def test_a_new_task_becomes_a_ranked_column(playwright: Playwright, tmp_path: Path) -> None:
    environment = {**os.environ, "COUNSEL_HOME": str(tmp_path / "home"), "COUNSEL_TASKS": str(tmp_path / "tasks")}

    def counsel(*arguments: str) -> str:
        done = subprocess.run([*COUNSEL, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    counsel("tasks", "new", "keeps_the_decision", "--into", str(tmp_path / "tasks"))
    rows = [
        {"id": f"i{number}", "speech": f"Client {number}", "better": "better", "worse": "worse", "content_note": ""}
        for number in range(ITEMS)
    ]
    items = tmp_path / "tasks" / "keeps_the_decision" / "items.jsonl"
    items.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert counsel("tasks", "check", "keeps_the_decision") == f"keeps_the_decision 1.0: {2 * ITEMS} documents\n"

    counsel("controls", "letter-a", "--tasks", "keeps_the_decision")
    with standing_in() as serve:
        model = serve(better, models=["good"])
        counsel("eval", "good", "--url", f"{model.url}/v1", "--tasks", "keeps_the_decision")

    board = json.loads(counsel("board", "--format", "json"))
    by_model = {row["model"]: row for row in board if row["metric"] == "acc"}
    assert (by_model["good"]["value"], by_model["good"]["ranked"], by_model["good"]["tier"]) == (1.0, True, 1)
    assert by_model["control/letter-a"]["value"] == 0.5

    at = serving(tmp_path / "home", {"COUNSEL_TASKS": str(tmp_path / "tasks")})
    with at as address, browsers(playwright, address + "/", tmp_path) as opened:
        page = opened()
        column = page.locator("#board-table th", has_text="Keeps the decision")
        expect(column).to_be_visible()
        expect(page.locator("#board-table tbody tr").first).to_contain_text("good")
        picture(page, "new-task-board")
        page.locator("#board-table tbody tr th.model a").first.click()
        expect(page.locator("#model-top")).to_contain_text("good")
        expect(page.get_by_role("heading", name="Keeps the decision")).to_be_visible()
        picture(page, "new-task-model")
