"""The judge's process as its parent hears it: events and not sentences, results in a file, and an end in every case."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.judges.judge_process import JudgeProcessError, run
from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.manifests import catalog
from tests.support.paths import ROOT

STARTS = ('"counsel_leaderboard.tasks.judge"', "'counsel_leaderboard.tasks.judge'")


def nobody() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("COUNSEL_JUDGE")}


@pytest.mark.slow
def test_results_go_to_their_file(tmp_path: Path) -> None:
    run(["anchors"], environment=nobody(), out=tmp_path / "anchors.jsonl")
    anchors = [json.loads(line) for line in (tmp_path / "anchors.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {anchor["task"] for anchor in anchors} == {
        name for name, info in catalog().items() if info.judged and not info.played
    }
    assert len({anchor["id"] for anchor in anchors}) == len(anchors)


def test_a_failure_is_told_in_the_childs_own_words(tmp_path: Path) -> None:
    received: list[events.Event] = []
    with pytest.raises(JudgeProcessError) as caught:
        run(["exam", str(tmp_path)], environment=nobody(), on_event=received.append)
    assert caught.value.code == 1
    (message,) = caught.value.messages
    assert message.startswith("this task needs a judge")
    assert received == [events.Failed(message=message)]


def test_a_crash_is_told_by_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(JudgeProcessError) as caught:
        run(["--nonsense"], environment=nobody())
    assert (caught.value.code, caught.value.messages[0][:6]) == (2, "usage:")


def test_a_listener_that_raises_ends_the_child(tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    def stop(event: events.Event) -> None:
        raise StopError

    with pytest.raises(StopError):
        run(["exam", str(tmp_path)], environment=nobody(), on_event=stop)


def test_the_judge_is_started_from_one_place() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    ours = [name for name in listed if not name.startswith(("tests/", "tasks/", "benchmarks/"))]
    starting = [name for name in ours if any(quoted in (ROOT / name).read_text(encoding="utf-8") for quoted in STARTS)]
    assert starting == ["leaderboard/judges/judge_process.py"]
