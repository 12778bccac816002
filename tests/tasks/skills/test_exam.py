"""Figures of agreement against values derived by hand, and the exam on AnnoMI where it is there."""

from __future__ import annotations

import re

import numpy as np
import pytest

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.skills.coder import shipped_coder
from counsel_leaderboard.tasks.skills.agreement import alpha, auc, calibration_error, figures, kappa
from counsel_leaderboard.tasks.skills.exam import annomi_lines
from counsel_leaderboard.tasks.skills.human_labels.annomi import utterances
from tests.support.paths import MIRROR


def test_figures_by_hand() -> None:
    """Right 3 of 5, predicted 2, both 1: precision 1/2, recall 1/3, F1 2/5; agreed 2/5, chance .6*.4 + .4*.6 = .48."""
    right = np.array([True, True, True, False, False])
    predicted = np.array([True, False, False, True, False])
    each = figures(right, predicted)
    assert (each.precision, each.recall, each.f1, each.prevalence) == pytest.approx((0.5, 1 / 3, 0.4, 0.6))
    assert each.kappa == pytest.approx((0.4 - 0.48) / 0.52)


def test_kappa_of_a_published_table() -> None:
    """Cohen's example of two raters and 50 cases: 20, 5, 10, 15; agreed .7, chance .5, kappa .4."""
    first = np.repeat(["yes", "yes", "no", "no"], [20, 5, 10, 15])
    second = np.repeat(["yes", "no", "yes", "no"], [20, 5, 10, 15])
    assert kappa(first, second) == pytest.approx(0.4)


def test_alpha_of_a_published_table() -> None:
    """Krippendorff 2011, nominal data, two observers, no missing data: alpha .692."""
    pairs = ["ab", "aa", "bb", "bb", "db", "cc", "cc", "cc", "ee", "dd", "dd", "ad"]
    assert alpha(pairs) == pytest.approx(0.692, abs=0.0005)


def test_auc_counts_ties_as_half() -> None:
    assert auc(np.array([3.0, 1.0]), np.array([1.0, 0.0])) == pytest.approx(3.5 / 4)


def test_calibration_error_by_hand() -> None:
    """Bin .2-.3: two rows, one right: |.25 - .5|; bin .9: two rows, both right: |.95 - 1|; each half of the rows."""
    right, probability = np.array([True, False, True, True]), np.array([0.25, 0.25, 0.95, 0.95])
    assert calibration_error(right, probability) == pytest.approx((0.25 + 0.05) / 2)


def test_a_folder_without_annomi_is_named(tmp_path) -> None:
    with pytest.raises(DataError, match=r"AnnoMI-simple\.csv: cannot be read"):
        utterances(tmp_path)
    (tmp_path / "AnnoMI-simple.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="the column transcript_id"):
        utterances(tmp_path)


@pytest.mark.slow
def test_the_exam_on_people_s_labels_reaches_its_bars() -> None:
    folder = MIRROR / "annomi"
    if not folder.is_dir():
        pytest.skip("AnnoMI is not on this machine")
    text = "\n".join(annomi_lines(folder, shipped_coder()))
    retrained = re.search(r"Retrained.*macro-F1 (\S+), kappa (\S+)\.", text)
    shipped = re.search(r"This coder, never.*macro-F1 (\S+), kappa (\S+)\.", text)
    groups = [float(value) for value in re.findall(r"AUC (\S+)", text)]
    assert retrained is not None
    assert shipped is not None
    assert float(retrained[1]) >= 0.74
    assert float(retrained[2]) >= 0.68
    assert float(shipped[2]) >= 0.50
    assert groups[0] >= 0.85
    assert groups[0] > groups[-1]
