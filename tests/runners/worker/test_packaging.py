"""What leaves the machine of a worker: no secret, no path, and of gated items what their card allows."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.runners.errors import HarnessError
from counsel_leaderboard.runners.harness.quoting import quoted
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress
from counsel_leaderboard.runners.worker import Server
from counsel_leaderboard.runners.worker.planning import shareable_message
from tests.support.run_folders import Item
from tests.support.worker import Make, Script, Wire, submit

MARKER = "SYNTHETIC-GATED-41"


@pytest.mark.parametrize(("source", "shared"), [("open", True), ("upstream", False)])
def test_what_a_server_said_of_items_that_may_not_be_shown_stays_here(
    make: Make, host: Server, script: Script, store: Store, source: str, shared: bool
) -> None:
    spec_id = submit(host, tasks=["counsel_psyllm"], source=source)

    def refuse(evaluation: Any, reporter: Any) -> None:
        raise HarnessError(f"none of 8 was answered. What it said:\n{quoted([f'HTTP 400: cannot take {MARKER}'])}\nCheck it.")

    script.first = [refuse] * 3
    worker = make(judge=JudgeAddress("http://127.0.0.1:9/v1", "the-judge"))
    worker.run(once=True)
    status = host.read(spec_id)
    assert [failure["reason"] for failure in status["failures"]] == ["harness_failed"] * 3
    assert status["failures"][0]["detail"].startswith("none of 8 was answered.")
    stored = "".join(file.read_text() for file in (store.home / "requests").iterdir())
    assert [MARKER in text for text in (str(status), stored)] == [shared, shared]
    assert any(MARKER in line for line in worker.log)  # type: ignore[attr-defined] - the host of the worker may read it


def test_a_secret_in_a_run_never_leaves(make: Make, host: Server, script: Script, wire: Wire) -> None:
    spec_id = submit(host)
    script.items = [Item("v1-q1", {"stigma": 1.0, "scored_rate": 1.0}, replies=("my token is hf_planted_secret",))]
    make().run(once=True)
    status = host.read(spec_id)
    assert (status["state"], status["reason"], wire.uploads) == ("failed", "upload_rejected", [])
    assert "HF_TOKEN" in status["failures"][0]["detail"]


def test_what_a_card_forbids_never_leaves(make: Make, host: Server, script: Script, wire: Wire) -> None:
    spec_id = submit(host, source="upstream")
    script.items = [Item("v1-q1", {"stigma": 1.0, "scored_rate": 1.0}, prompt="PLANTEDMARKER in the text of an item")]
    script.dataset = "thousand-voices-of-trauma"
    make().run(once=True)
    assert host.read(spec_id)["state"] == "done"
    with tarfile.open(fileobj=io.BytesIO(wire.uploads[0])) as archive:
        texts = [archive.extractfile(member).read() for member in archive]  # type: ignore[union-attr]
    assert len(texts) == 3
    assert not [text for text in texts if b"PLANTEDMARKER" in text]


def test_told_errors_are_short_and_name_no_folder_of_this_user() -> None:
    assert shareable_message(DataError(f"{Path.home()}/x: {'a' * 9000}"), {}, quotes=True)[-9:] == "a" * 9
    assert shareable_message(DataError(f"{Path.home()}/x"), {}, quotes=True) == "~/x"
