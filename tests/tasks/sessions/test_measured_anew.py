"""A run that somebody sends: what its verdicts say was measured without a judge has to follow from the stored sessions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.tasks import recompute
from tests.support.run_folders import change_sample
from tests.support.session_runs import ctrs_run


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """A run of one CBT session without a judge."""
    return ctrs_run(tmp_path / "run")


def stated(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    """A change of what the verdict says was measured, and of the metric beside it."""

    def changes(sample: dict[str, Any]) -> None:
        verdict = json.loads(sample["filtered_resps"][0])
        change(verdict["measured"])
        sample["filtered_resps"][0] = json.dumps(verdict)
        sample |= {name: verdict["measured"]["metrics"].get(name, value) for name, value in sample.items()}

    return changes


def test_a_run_as_it_was_made_is_taken(sent: Path) -> None:
    assert recompute.check(sent) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda measured: measured["metrics"].update(words_a_turn=1.0),
        lambda measured: measured["metrics"].update(undertakes=1.0),
        lambda measured: measured.update(windows=[[1]]),
    ],
)
def test_a_measure_that_the_text_does_not_show_is_refused(sent: Path, change: Callable[[dict[str, Any]], object]) -> None:
    change_sample(sent, 0, stated(change))
    with pytest.raises(recompute.OtherRunError, match="does not follow from its answer"):
        recompute.check(sent)


def test_a_verdict_that_leaves_out_what_was_measured_is_refused(sent: Path) -> None:
    def leave_out(sample: dict[str, Any]) -> None:
        verdict = json.loads(sample["filtered_resps"][0])
        del verdict["measured"]
        sample["filtered_resps"][0] = json.dumps(verdict)

    change_sample(sent, 0, leave_out)
    with pytest.raises(recompute.OtherRunError, match="cannot be measured anew"):
        recompute.check(sent)
