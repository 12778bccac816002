"""Anchor answers and each judge's scores: `$COUNSEL_HOME/judges/anchors/<set>/anchors.jsonl`, one file per judge beside it.

The name of a set is the hash of its file, and a set never changes; two judges can be compared only on the same set.
`python -m counsel_leaderboard.tasks.judge anchors` does the work in its own process.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from counsel_leaderboard.leaderboard.judges import judge_process as process
from counsel_leaderboard.leaderboard.runs.files import first_problem
from counsel_leaderboard.leaderboard.specs.canonical import short_hash
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.registry.common.errors import CounselError

FOLDER = Path("judges") / "anchors"
SET = "anchors.jsonl"
SCHEMA = {"id": pl.String, "task": pl.String, "kind": pl.String, "cluster": pl.String, "value": pl.Float64}

# Runs the child with these arguments, and writes its standard output to the file. Raises AnchorsError when it fails.
Child = Callable[[list[str], Path], None]


class AnchorsError(CounselError):
    """Anchors that cannot be read or scored."""


class Judge(BaseModel):
    """A judge as it scored anchors: another model, revision, prompt version or rubric is another judge."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: Text
    revision: Text | None = None
    prompt_version: Text
    rubrics: dict[Text, Text]

    @property
    def id(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical JSON."""
        return short_hash(self.model_dump(mode="json"))

    @property
    def name(self) -> str:
        """MODEL, or MODEL@REVISION."""
        return f"{self.model}@{self.revision}" if self.revision else self.model


@dataclass(frozen=True)
class Scored:
    """One judge's scores of one set: id, task, kind, cluster, value (the task's headline of that answer, null: no verdict)."""

    set: str
    judge: Judge
    values: pl.DataFrame


def judge_process(arguments: list[str], out: Path) -> None:
    """The real child, `python -m counsel_leaderboard.tasks.judge anchors`. Raises AnchorsError when it fails."""
    try:
        process.run(["anchors", *arguments], out=out, shown=True)
    except process.JudgeProcessError as error:
        raise AnchorsError(f"{error}; its message is above. Then try again.") from error


def freeze(home: Path, child: Child = judge_process) -> str:
    """Write the set that the open banks give today where it is missing; returns its name."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{SET}.{os.getpid()}"
    try:
        child([], temporary)
        name = hashlib.sha256(temporary.read_bytes()).hexdigest()[:16]
        (folder / name).mkdir(exist_ok=True)
        temporary.replace(folder / name / SET)
    finally:
        temporary.unlink(missing_ok=True)
    return name


def score(home: Path, name: str, child: Child = judge_process) -> Scored:
    """Let the judge of the environment score the set, and store its scores. Raises AnchorsError, and then stores nothing."""
    folder = home / FOLDER / name
    part = folder / f".scores.{os.getpid()}"
    try:
        child([str(folder / SET)], part)
        scored = _read(folder, part)
        part.replace(folder / f"{scored.judge.id}.jsonl")
    finally:
        part.unlink(missing_ok=True)
    return scored


def kept(home: Path) -> list[Scored]:
    """Every judge's scores of every set, the newest set first. Raises AnchorsError for an invalid file."""
    sets = sorted((home / FOLDER).glob(f"*/{SET}"), key=lambda file: (-file.stat().st_mtime_ns, file.parent.name))
    return [
        _read(file.parent, scores) for file in sets for scores in sorted(file.parent.glob("[!.]*.jsonl")) if scores.name != SET
    ]


def named(scored: list[Scored], judge: str) -> list[Scored]:
    """The scores by the judge with that id, MODEL or MODEL@REVISION. Raises AnchorsError for no judge or several."""
    matches = [entry for entry in scored if judge in (entry.judge.id, entry.judge.name, entry.judge.model)]
    if not matches:
        known = ", ".join(sorted({entry.judge.name for entry in scored})) or "none"
        raise AnchorsError(
            f"no scores of anchors by the judge {judge!r} are kept; there are those of {known}. Set COUNSEL_JUDGE_URL and "
            "COUNSEL_JUDGE_MODEL to it and run `counsel judge anchors`."
        )
    if len({entry.judge.id for entry in matches}) > 1:
        ids = ", ".join(f"{entry.judge.id} ({entry.judge.name})" for entry in matches)
        raise AnchorsError(f"{judge!r} names several judges: {ids}. Give the id of one.")
    return matches


def _read(folder: Path, file: Path) -> Scored:
    try:
        anchors = [json.loads(line) for line in (folder / SET).read_text(encoding="utf-8").split("\n") if line]
        head, *lines = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
        judge = Judge.model_validate(head["judge"])
        values = {line["id"]: line["value"] for line in lines}
        rows = [
            {**{key: anchor[key] for key in ("id", "task", "kind", "cluster")}, "value": values[anchor["id"]]}
            for anchor in anchors
        ]
    except ValidationError as error:
        raise AnchorsError(f"{file}: names no judge ({first_problem(error)}). Remove it and score again.") from error
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise AnchorsError(f"{file}: is not a file of scored anchors ({error!r}). Remove it and score again.") from error
    return Scored(folder.name, judge, pl.DataFrame(rows, schema=SCHEMA))
