"""What each task's folder says to readers."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.manifests import catalog, task_about


@pytest.mark.parametrize("task", sorted(catalog()))
def test_every_task_says_what_it_asks_and_what_a_score_tells(task: str) -> None:
    about = task_about(task)
    assert about is not None
    texts = (about.asks, about.example, about.scored, about.tells, about.limits, about.floor, about.ceiling)
    assert all(text[-1] in ".?!”)" for text in texts)
