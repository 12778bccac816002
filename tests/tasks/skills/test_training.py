"""Training: folds by case, files that are refused, and the shipped weights built anew."""

from __future__ import annotations

import json

import numpy as np
import pytest

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.skills import weights
from counsel_leaderboard.registry.skills.card import card
from counsel_leaderboard.registry.skills.codes import CODES
from counsel_leaderboard.registry.skills.linear_model import LinearModel
from counsel_leaderboard.tasks.skills import build
from counsel_leaderboard.tasks.skills.exam import code_lines, shipped_lines
from counsel_leaderboard.tasks.skills.labelled_rows import BANK, bank_sha256, labelled, rows
from counsel_leaderboard.tasks.skills.readme_parts import with_part
from counsel_leaderboard.tasks.skills.second_reading import README, readings, written
from counsel_leaderboard.tasks.skills.training import best_threshold, calibrated_model, folds


def test_a_case_is_in_one_fold_and_the_folds_are_even() -> None:
    cases = [f"case {number // 7}" for number in range(700)]
    fold = folds(cases, 5)
    assert all(len({fold[n] for n, name in enumerate(cases) if name == case}) == 1 for case in set(cases))
    assert np.bincount(fold).tolist() == [140] * 5


def test_rows_of_one_client_turn_are_one_case() -> None:
    data = labelled(rows(BANK))
    assert len(set(data.cases)) == 589
    assert data.given.shape == (4172, len(CODES))
    assert data.given.sum(0).min() >= 60


def test_the_threshold_is_the_one_with_the_best_f1() -> None:
    """At .5 two of two are right and two are found; at .3 one wrong comes in; at .6 one is lost."""
    probability = np.array([0.9, 0.5, 0.31, 0.1])
    assert best_threshold(probability, np.array([True, True, False, False])) == 0.5


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"text": "Hm.", "previous": "", "codes": ["grunt"]}', "there is no code grunt"),
        ('{"text": "Hm.", "codes": ["grounding"]}', "`previous` is missing"),
        ('{"text": 3, "previous": "", "codes": ["grounding"]}', "`text` is missing or no text"),
        ('{"text": "Hm.", "previous": "", "codes": []}', "`codes` is missing"),
        ("[1]", "is no JSON object"),
        ("{", "is no JSON"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, line: str, says: str) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text(f'{{"text": "Hm.", "previous": "", "codes": ["grounding"]}}\n\n{line}\n', encoding="utf-8")
    with pytest.raises(DataError, match=says) as caught:
        rows(file)
    assert f"{file}, line 3" in str(caught.value)


def test_a_model_comes_back_from_its_bytes() -> None:
    data = labelled([row for row in rows(BANK) if row["id"] < "skills-0040"])
    model = calibrated_model(data)
    again = LinearModel.from_bytes(model.to_bytes())
    assert again.labels == model.labels
    assert again.vocabulary.names == model.vocabulary.names
    some = data.rows[:50]
    assert again.probabilities(some) == pytest.approx(model.probabilities(some), abs=0.01)  # half precision


def test_the_shipped_weights_are_of_the_bank_as_it_is() -> None:
    assert json.loads(weights.RECORD.read_text(encoding="utf-8"))["bank_sha256"] == bank_sha256()


def test_the_readmes_say_what_the_data_says() -> None:
    assert README.read_text(encoding="utf-8") == written(README.read_text(encoding="utf-8"))
    about = build.README.read_text(encoding="utf-8")
    lines = shipped_lines()[2:-1]
    assert with_part(about, "card", lines) == about
    assert len(lines) == len(code_lines({})) + len(card())


def test_the_two_readings_agree_on_most_rows() -> None:
    first, second = readings()
    assert first.shape == second.shape == (4172, len(CODES))
    assert second.any(1).all()
    assert (first == second).all(1).mean() > 0.9


@pytest.mark.slow
def test_the_shipped_weights_are_built_anew_from_the_bank_alone() -> None:
    """Other processors round differently, so what is compared is which codes each sentence of the bank gets."""
    built, shipped = build.build(), weights.shipped()
    data = labelled(rows(BANK))
    again = LinearModel.from_bytes(built.raw)
    assert again.vocabulary.names == shipped.vocabulary.names
    assert again.threshold == pytest.approx(shipped.threshold)
    codes = [model.probabilities(data.rows) >= model.threshold for model in (again, shipped)]
    assert (codes[0] != codes[1]).sum() <= 2
    recorded = {name: each["f1"] for name, each in card().items()}
    assert {name: each.f1 for name, each in built.card.items()} == pytest.approx(recorded, abs=0.002)
