"""The stored result of `counsel skills score`: `skills/result.json` of a home folder, which the pages read."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from counsel_leaderboard.leaderboard.runs.files import write_whole
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.skills.references import StoredRate

FOLDER: Final = "skills"
RESULT: Final = "result.json"


class SkillExample(Closed):
    """A sentence with one code. It is shown only while the reply to `item` that holds it is shown."""

    item: str
    text: str
    confidence: float


class CodedReplies(Closed):
    """What the coder read in one task of one run. `sums`: for each metric and case the two counts whose ratio is the rate.

    `examples`: for each code up to three sentences, from the surest to the least sure. `foreign`: turns that are not English.
    """

    turns: int
    sentences: int
    foreign: int
    sums: dict[str, dict[str, tuple[float, float]]]
    examples: dict[str, tuple[SkillExample, ...]]


class RunSkills(Closed):
    """One task of one run: its rates, and by how much they differ from those of people who answered the same cases."""

    run_id: str
    model: str
    role: str
    source: str
    task: str
    datasets: tuple[str, ...]
    turns: int
    sentences: int
    foreign: int
    cases: int
    rates: dict[str, StoredRate]
    examples: dict[str, tuple[SkillExample, ...]] = Field(default_factory=dict)
    against_people: dict[str, dict[str, StoredRate]] = Field(default_factory=dict)
    """For each group of people, by its name, the difference of each metric on the cases common to both."""


class SkillResult(Closed):
    """Everything that the Skills view shows. `coder`: the version of the weights that gave the codes."""

    schema_version: Literal[1] = 1
    scored_at: str
    coder: str
    runs: tuple[RunSkills, ...]

    def of_run(self, run_id: str, task: str) -> RunSkills | None:
        """The techniques in a run's task; None where they were not coded."""
        return next((run for run in self.runs if (run.run_id, run.task) == (run_id, task)), None)


def save(result: SkillResult, home: Path) -> Path:
    """Write the result, whole or not at all. Raises StorageError."""
    file = home / FOLDER / RESULT
    write_whole(file, result.model_dump_json(indent=1) + "\n", "then run `counsel skills score` again")
    return file


def stamp(home: Path) -> tuple[int, int]:
    """What changes whenever another result is saved: time and size of its file; zeros where there is none."""
    try:
        facts = (home / FOLDER / RESULT).stat()
    except OSError:
        return 0, 0
    return facts.st_mtime_ns, facts.st_size


def read(home: Path) -> SkillResult | None:
    """The result of a home folder; None where there is none. Raises DataError for a file that is none."""
    file = home / FOLDER / RESULT
    if not file.is_file():
        return None
    try:
        return SkillResult.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise DataError(f"{file}: is no result of this version. Run `counsel skills score` again.") from error
