"""What a column means comes from the task's manifest: no stored or reported run can turn it round, move or rename it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.runs.files import ResultsError
from counsel_leaderboard.leaderboard.runs.read import read
from counsel_leaderboard.leaderboard.runs.validate import check_manifests
from counsel_leaderboard.leaderboard.store.rows import frames
from counsel_leaderboard.registry.manifests import catalog
from tests.support.run_folders import Item, Task, write

NAME = "counsel_stigma"
ITEMS = [Item(f"v{n}", {"stigma": float(n % 2), "scored_rate": 1.0}) for n in range(4)]


def run(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A run that says of its task what the installed manifest says, but for `change`, which gets its results."""
    info = catalog()[NAME]
    written = write(folder, [Task(NAME, ITEMS, version=info.version)])
    (file,) = written.glob("results_*.json")
    results = json.loads(file.read_text())
    results["configs"][NAME]["metadata"] |= json.loads(json.dumps(info.manifest.record()))
    change(results)
    file.write_text(json.dumps(results))
    return written


def metadata(results: dict[str, Any]) -> dict[str, Any]:
    return results["configs"][NAME]["metadata"]


def widen(facts: dict[str, Any]) -> None:
    """Another range, in both places that hold it."""
    facts["range"] = facts["metrics"]["stigma"]["range"] = [0, 2]


@pytest.mark.parametrize(
    ("fact", "change"),
    [
        ("range", lambda results: widen(metadata(results))),
        ("ranked", lambda results: metadata(results).update(ranked=False)),
        ("area", lambda results: metadata(results).update(area="counseling")),
        (
            "metrics.kindness",
            lambda results: metadata(results)["metrics"].update(kindness=metadata(results)["metrics"]["stigma"]),
        ),
    ],
)
def test_a_run_that_says_otherwise_is_refused(fact: str, change: Callable[[dict[str, Any]], object], tmp_path: Path) -> None:
    check_manifests(read(run(tmp_path / "same", lambda results: None)))
    with pytest.raises(ResultsError, match=f"metadata.{fact}: is not what version"):
        check_manifests(read(run(tmp_path / "other", change)))


def test_a_direction_that_is_turned_round_turns_nothing(tmp_path: Path) -> None:
    def turn(results: dict[str, Any]) -> None:
        results["higher_is_better"][NAME]["stigma"] = True
        metadata(results)["metrics"]["stigma"]["higher_is_better"] = True

    scores = frames(read(run(tmp_path, turn)), None)["scores"]
    assert set(scores.filter(scores["metric"] == "stigma")["higher_is_better"]) == {False}
