"""A client whose lines fit too badly is not used in a ranked task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.sessions.client_fit import clients_that_fit
from counsel_leaderboard.tasks.sessions import documents

GOOD = {"group": "ctrs-anselm", "fits": 0.6, "acceptable": 0.85, "nonsense": 0.03, "hedges": 0.2, "turns": 10}
DOCS = [{"client": "ctrs-anselm"}, {"client": "ctrs-birgit"}, {"client": "ctrs-nobody"}]


def figures(path: Path, **changes: float) -> Path:
    file = path / "fit.json"
    file.write_text(json.dumps({"clients": [GOOD, {**GOOD, "group": "ctrs-birgit", **changes}]}), encoding="utf-8")
    return file


@pytest.mark.parametrize("under", [{"fits": 0.59}, {"acceptable": 0.84}, {"nonsense": 0.04}, {"hedges": 0.21}])
def test_each_figure_under_its_bar_excludes_a_client(tmp_path: Path, under: dict[str, float]) -> None:
    assert clients_that_fit(figures(tmp_path, **under)) == {"ctrs-anselm"}
    assert clients_that_fit(figures(tmp_path)) == {"ctrs-anselm", "ctrs-birgit"}


def test_a_ranked_task_uses_only_clients_that_fit(tmp_path: Path) -> None:
    file = figures(tmp_path, acceptable=0.7)
    assert documents.usable(DOCS, ranked=True, figures=file) == DOCS[:1]
    assert documents.usable(DOCS, ranked=False, figures=file) == DOCS


def test_neither_task_is_ranked_yet_and_those_about_danger_have_other_checks() -> None:
    tasks = ("counsel_session", "counsel_ctrs", "counsel_crisis", "counsel_drift")
    assert not any(documents.is_ranked(task) for task in tasks)


def test_figures_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        clients_that_fit(tmp_path / "none.json")
    (tmp_path / "fit.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="holds no figures of fit"):
        clients_that_fit(tmp_path / "fit.json")
