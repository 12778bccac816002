"""The embedded model as the judge: examined by the real command, it fails, and the board says so beside its scores."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.judges.card import cards
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.runners.errors import WeightsError
from counsel_leaderboard.runners.models import DEMO, resolve
from counsel_leaderboard.tasks.exam.exam_tasks import plans

pytestmark = pytest.mark.exam

COUNSEL = (sys.executable, "-c", "from counsel_leaderboard.leaderboard.cli.main import main; main()")
USER_CACHE = paths.cache()


@pytest.fixture
def counsel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The command on a home and a cache of its own: no verdict is kept from before. 98 MB of weights are fetched once."""
    monkeypatch.setenv("COUNSEL_CACHE", str(USER_CACHE))
    try:
        resolve(DEMO)
    except WeightsError as error:
        pytest.skip(f"needs the demo model's weights: {error}")
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "weights").symlink_to(USER_CACHE / "weights")
    environment = {**os.environ, "COUNSEL_CACHE": str(cache), "COUNSEL_HOME": str(tmp_path / "home"), "COLUMNS": "200"}

    def run(*arguments: str) -> str:
        done = subprocess.run([*COUNSEL, *arguments], env=environment, capture_output=True, text=True, timeout=6000)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout + done.stderr

    return run


@pytest.mark.skipif("COUNSEL_WHOLE_EXAM" not in os.environ, reason="an hour on two cores: set COUNSEL_WHOLE_EXAM to run it")
def test_the_embedded_judge_fails_and_the_board_says_so(counsel: Callable[..., str], tmp_path: Path) -> None:
    output = counsel("judge", "check", DEMO)
    assert re.search(r"exam of \d+ calls, 0 of them answered before: about [\d,]+ tokens to read", output)
    (card,) = cards(tmp_path / "home")
    assert 0 < card.exam.calls <= card.exam.of
    for task in plans():
        assert f"{task}: does not qualify" in output
    assert counsel("judge", "show", DEMO if card.exam.model == DEMO else card.exam.model) in output

    counsel("eval", DEMO, "--tasks", ",".join(plans()), "--limit", "2", "--judge-model", DEMO)
    board = list(csv.DictReader(io.StringIO(counsel("board", "--format", "csv"))))
    headlines = {row["task"]: row for row in board if row["headline"] == "true"}
    assert set(headlines) == set(plans())
    for row in headlines.values():
        assert (row["ranked"], row["rank_low"]) == ("false", "")
        assert "failed its exam: " in row["unranked_reason"]


def test_the_embedded_judge_sits_the_short_form(counsel: Callable[..., str], tmp_path: Path) -> None:
    output = counsel("judge", "check", DEMO, "--short")
    assert re.search(r"exam of \d+ calls, 0 of them answered before", output)
    assert "danger_detection: missed risk cue" in output
    assert output.count("Not trusted with this task's scores") == len(plans())
    assert "The short form qualifies nobody." in output
    assert cards(tmp_path / "home") == []
