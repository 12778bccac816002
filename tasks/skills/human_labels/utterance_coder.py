"""A coder of whole utterances, retrained in the exam on people's labels of the four main behaviours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.registry.skills.codes import BEHAVIOURS
from counsel_leaderboard.registry.skills.features import features, normalise, words
from counsel_leaderboard.registry.skills.linear_model import Floats
from counsel_leaderboard.registry.skills.splitter import sentences
from counsel_leaderboard.tasks.skills.human_labels.annomi import Utterance
from counsel_leaderboard.tasks.skills.training import TrainingRows, folds, plain_model

FOLDS = 10
INVERSE_PENALTY = 4.0


def utterance_features(text: str, previous: str) -> list[str]:
    """The features of the whole text and of its last sentence, how many sentences it has, and whether it breaks off."""
    units = sentences(text) or [text]
    last = words(normalise(units[-1]))
    framed = ["^", *last, "$"]
    grams = ["wL" + " ".join(framed[start : start + size]) for size in (1, 2, 3) for start in range(len(framed) - size + 1)]
    shape = ["sL" + name[1:] for name in features(units[-1], previous) if name[0] == "s"]
    broken = [f"sopens broken:{text.lstrip().startswith('-')}", f"sends broken:{text.rstrip().endswith('-')}"]
    asks = ["sany question"] if any("?" in unit for unit in units) else []
    return [*features(text, previous), *grams, *shape, *broken, *asks, f"ssentences:{min(len(units), 6)}"]


def retrained(utterances: Sequence[Utterance]) -> NDArray[np.intp]:
    """The predicted behaviour of each utterance, its place in BEHAVIOURS, by a model that saw nothing of its transcript."""
    given = np.array([[name == each.behaviour for name in BEHAVIOURS] for each in utterances], dtype=bool)
    rows = [utterance_features(each.text, each.previous) for each in utterances]
    data = TrainingRows(rows, BEHAVIOURS, given, [each.transcript for each in utterances])
    fold = folds(data.cases, FOLDS)
    scores: Floats = np.zeros(given.shape)
    for number in range(FOLDS):
        held = fold == number
        scores[held] = plain_model(data.part(~held), INVERSE_PENALTY).probabilities(data.part(held).rows)
    return np.asarray(scores.argmax(axis=1), dtype=np.intp)
