"""What is known of the two scripted replies of each stimulus of the response bank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from counsel_leaderboard.tasks.counsel_response.task import question
from counsel_leaderboard.tasks.judge.fence import neutral


def labels(rows: Iterable[Mapping[str, Any]]) -> tuple[dict[tuple[str, str], bool], dict[str, bool]]:
    """By scripted reply and question whether the reply does the act, and by question the answer that favours a reply."""
    acts = [(row, act, question(act)) for row in rows for act in row["acts"]]
    does = {(neutral(row[reply]), asked): act[f"in_{reply}"] for row, act, asked in acts for reply in ("reference", "flawed")}
    return does, {asked: act["role"] != "harmful" for _, act, asked in acts}
