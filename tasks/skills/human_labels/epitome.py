"""Empathy as EPITOME's raters see it: three mechanisms, each at level 0 to 2, by the coder's own features; for the exam alone.

The terms of its text are unclear: nothing of it and nothing trained on it is shipped or stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.skills.features import features
from counsel_leaderboard.registry.skills.linear_model import Floats
from counsel_leaderboard.tasks.skills.agreement import figures, kappa
from counsel_leaderboard.tasks.skills.human_labels.csv_rows import csv_rows
from counsel_leaderboard.tasks.skills.training import TrainingRows, folds, plain_model

LEVELS = ("0", "1", "2")
MECHANISMS = {
    "emotional reactions": ("emotional-reactions-reddit.csv", 0.745),
    "interpretations": ("interpretations-reddit.csv", 0.626),
    "explorations": ("explorations-reddit.csv", 0.726),
}
"""The file of each, and the published macro-F1 (Sharma et al., EMNLP 2020: RoBERTa with two encoders)."""
FOLDS = 10
INVERSE_PENALTY = 4.0
_SOURCE = "Take it from dataset/ of https://github.com/behavioral-data/Empathy-Mental-Health; it stays on this machine"


@dataclass(frozen=True)
class EmpathyReply:
    """A reply to a post, with the level of one mechanism that people gave. `post` names the post, which stays in one fold."""

    post: str
    text: str
    previous: str
    level: str


def replies(folder: Path, mechanism: str) -> list[EmpathyReply]:
    """The rated replies of one of MECHANISMS. Raises DataError where its file is missing, another, or has another level."""
    file, _ = MECHANISMS[mechanism]
    rows = csv_rows(folder / file, ("sp_id", "seeker_post", "response_post", "level"), _SOURCE)
    rated = [EmpathyReply(row["sp_id"], row["response_post"], row["seeker_post"], row["level"].strip()) for row in rows]
    if wrong := {each.level for each in rated} - set(LEVELS):
        raise DataError(f"{folder / file}: has the level {min(wrong)!r}; levels are 0, 1 and 2. {_SOURCE}.")
    if len({each.post for each in rated}) < FOLDS:
        raise DataError(f"{folder / file}: has fewer than {FOLDS} posts, too few for an exam. {_SOURCE}.")
    return rated


def predicted(rated: list[EmpathyReply]) -> list[str]:
    """The level of each reply by a model that saw no other reply to its post."""
    given = np.array([[each.level == level for level in LEVELS] for each in rated], dtype=bool)
    data = TrainingRows([features(each.text, each.previous) for each in rated], LEVELS, given, [each.post for each in rated])
    fold = folds(data.cases, FOLDS)
    scores: Floats = np.zeros(given.shape)
    for number in range(FOLDS):
        held = fold == number
        scores[held] = plain_model(data.part(~held), INVERSE_PENALTY).probabilities(data.part(held).rows)
    return [LEVELS[number] for number in scores.argmax(axis=1)]


def epitome_lines(folder: Path) -> list[str]:
    """The exam by mechanism as lines of a Markdown table, beside the published F1."""
    lines = ["| mechanism | replies | macro-F1 | kappa | published macro-F1 |", "|---|---|---|---|---|"]
    for mechanism, (_, published) in MECHANISMS.items():
        rated = replies(folder, mechanism)
        right, guess = np.array([each.level for each in rated]), np.array(predicted(rated))
        macro = float(np.mean([figures(right == level, guess == level).f1 for level in LEVELS]))
        lines.append(f"| {mechanism} | {len(rated)} | {macro:.3f} | {kappa(right, guess):.3f} | {published:.3f} |")
    return ["Empathy (EPITOME), retrained, ten folds by post:", "", *lines]
