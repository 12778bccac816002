"""Stored bridges: `$COUNSEL_HOME/judges/bridges/<old>-<new>.json`, and stored scores of a new judge on an old one's scale."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from pydantic import ValidationError

from counsel_leaderboard.leaderboard.judges.scales.anchors import AnchorJudge, AnchorScores, ScaleError
from counsel_leaderboard.leaderboard.judges.scales.bridge import Mapping, mappings
from counsel_leaderboard.leaderboard.runs.files import first_problem, write_whole
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.registry.common.closed import Closed

FOLDER = Path("judges") / "bridges"

HEADLINES = """
SELECT runs.run_id, runs.model, tasks.task, scores.value, scores.low, scores.high, tasks.settings->>'$.judge.rubric' AS rubric
FROM tasks JOIN runs USING (run_id) JOIN scores ON scores.run_id = tasks.run_id AND scores.task = tasks.task AND scores.headline
WHERE tasks.judged AND runs.judge = $judge AND runs.judge_revision IS NOT DISTINCT FROM $revision AND scores.value IS NOT NULL
    AND runs.run_id NOT IN (SELECT run_id FROM retractions)
ORDER BY tasks.task, runs.model, runs.run_id
"""
BRIDGED = {
    **dict.fromkeys(("run_id", "model", "task"), pl.String),
    **dict.fromkeys(("value", "low", "high", "own_value"), pl.Float64),
}


class Bridge(Closed):
    """Maps from the new judge's scale to the old one's, one per task, over one set of anchors."""

    set: str
    old: AnchorJudge
    new: AnchorJudge
    mappings: tuple[Mapping, ...]

    @property
    def file_name(self) -> str:
        """The name of its file: the ids of the two judges."""
        return f"{self.old.id}-{self.new.id}.json"


def build(old: AnchorScores, new: AnchorScores) -> Bridge:
    """The bridge between two judges. Raises ScaleError as `mappings` does."""
    return Bridge(set=old.set, old=old.judge, new=new.judge, mappings=tuple(mappings(old, new)))


def save(bridge: Bridge, home: Path) -> Path:
    """Write it, whole or not at all. Raises StorageError."""
    file = home / FOLDER / bridge.file_name
    write_whole(file, f"{bridge.model_dump_json(indent=1)}\n")
    return file


def bridges(home: Path) -> list[Bridge]:
    """All stored bridges. Raises ScaleError for an invalid file."""
    return [_read(file) for file in sorted((home / FOLDER).glob("[!.]*.json"))]


def _read(file: Path) -> Bridge:
    try:
        return Bridge.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        problem = first_problem(error) if isinstance(error, ValidationError) else str(error)
        raise ScaleError(f"{file}: is no bridge ({problem}). Remove it and build it again.") from error


def bridged(store: Store, bridge: Bridge) -> pl.DataFrame:
    """Stored headlines of the new judge on the old one's scale: run_id, model, task, value, low, high, and own_value before.

    Only for tasks with a usable map, judged with the rubric of the anchors. They are shown beside the old column
    and never ranked in it: their limits include the map's error, which they all share.
    """
    parameters = {"judge": bridge.new.model, "revision": bridge.new.revision}
    with store.reading() as cursor:
        headlines = frame(cursor, HEADLINES, parameters)
    usable = {mapping.task: mapping for mapping in bridge.mappings if mapping.fault is None}
    rows = []
    for run, model, task, value, low, high, rubric in headlines.iter_rows():
        if task in usable and rubric == bridge.new.rubrics.get(task):
            rows.append((run, model, task, *usable[task].apply(value, low, high), value))
    return pl.DataFrame(rows, schema=BRIDGED, orient="row")
