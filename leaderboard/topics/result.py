"""The stored result of `counsel topics assign`: `topics/result.json` of a home folder. The pages read it; it holds no text."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from counsel_leaderboard.leaderboard.runs.files import write_whole
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.topics.record import Share
from counsel_leaderboard.registry.topics.stored_fit import FOLDER

RESULT: Final = "result.json"


class TopicShare(Closed):
    """A share of remarks, or a difference of shares, with its 95% limits clustered by case; None: too few cases."""

    value: float
    low: float | None
    high: float | None


class ClientFollowing(Closed):
    """`responsiveness` of leaderboard.statistics.topic_profiles, with the ceiling that an echo of the same clients has."""

    value: float
    low: float | None
    high: float | None
    ceiling: float
    replies: int
    cases: int


class RunTopics(Closed):
    """One task of one run. `examples`: for each group items whose replies have most remarks of it, by id."""

    run_id: str
    model: str
    role: str
    source: str
    task: str
    remarks: int
    cases: int
    shares: dict[str, TopicShare]
    by_third: tuple[dict[str, Share], ...] = ()
    """Shares in each third of the sessions; empty for single replies."""
    against_others: dict[str, TopicShare] | None = None
    """Its share minus the mean of the other models of its comparison; None where it is in none."""
    following: ClientFollowing | None = None
    examples: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class TopicComparison(Closed):
    """Models that answered the same cases of one task: their distances at `n` remarks a profile, and each model's own line.

    `runs` gives the order of `between`, `same` and `same_high`.
    """

    source: str
    task: str
    runs: tuple[str, ...]
    cases: int
    n: int
    between: tuple[tuple[float, ...], ...]
    same: tuple[float, ...]
    same_high: tuple[float, ...]


class TopicResult(Closed):
    """Everything that the Topics view shows. `fit`: the id of the fit by which groups were assigned."""

    schema_version: Literal[1] = 1
    assigned_at: str
    fit: str
    embedding: str
    runs: tuple[RunTopics, ...]
    comparisons: tuple[TopicComparison, ...]

    def of_run(self, run_id: str, task: str) -> RunTopics | None:
        """The topics of a run's task; None where they were not assigned."""
        return next((run for run in self.runs if (run.run_id, run.task) == (run_id, task)), None)


def save(result: TopicResult, home: Path) -> Path:
    """Write the result, whole or not at all. Raises StorageError."""
    file = home / FOLDER / RESULT
    write_whole(file, result.model_dump_json(indent=1) + "\n", "then run `counsel topics assign` again")
    return file


def read(home: Path) -> TopicResult | None:
    """The result of a home folder; None where there is none. Raises DataError for a file that is none."""
    file = home / FOLDER / RESULT
    if not file.is_file():
        return None
    try:
        return TopicResult.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(f"{file}: is no result of this version. Run `counsel topics assign` again.") from error
