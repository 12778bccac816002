"""The embedded judge by the real command: it is examined, does not qualify, and its columns say so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboard.judges.card import cards
from leaderboard.judges.rule import Judging, of_home

pytestmark = pytest.mark.slow


def test_the_embedded_judge_is_examined_and_does_not_qualify(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "from leaderboard.cli import main; main()",
        "judge",
        "check",
        "smollm2-135m",
        "--pairs",
        "1",
    ]
    done = subprocess.run(
        command, env={**os.environ, "COUNSEL_HOME": str(tmp_path)}, capture_output=True, text=True, timeout=3000, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "tokens to read" in done.stderr
    (card,) = cards(tmp_path)
    assert card.sample
    assert card.exam.model == "SmolLM2-135M-Instruct"
    for task, rubric in card.exam.rubrics.items():
        said = of_home(tmp_path)(Judging(task, card.exam.model, card.exam.revision, rubric))
        assert said is not None
        assert f"{task}: does not qualify" in done.stdout
