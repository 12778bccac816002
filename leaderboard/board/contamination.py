"""Results of contamination probes of models on the open items: `$COUNSEL_HOME/contamination/<id>.json`, one file per probe.

There are few files, so the model page reads them directly: `of_model`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import ConfigDict, Field, ValidationError

from counsel_leaderboard.leaderboard.runs.files import first_problem, write_whole
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, ModelSpec
from counsel_leaderboard.leaderboard.statistics.intervals import intervals
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.hashing import canonical, short_hash

FOLDER = "contamination"

Share = Annotated[float, Field(ge=0, le=1)]
Difference = Annotated[float, Field(ge=-1, le=1)]
Control = Literal["private slice", "other items"]


class ContaminationError(CounselError):
    """A file that is not the record of a probe."""


class BankProbe(Closed):
    """One bank: `recall` is the mean share of five-word runs of the items' second halves that the model wrote.

    `control_recall` is the same where it cannot know the text, `difference` the first minus the second with its 95% interval
    [low, high], null where there are too few clusters. `slice` is the digest of the private slice's commitment.
    """

    bank: str
    fingerprint: str
    control: Control
    slice: str | None = None
    n_items: Annotated[int, Field(ge=1)]
    n_control: Annotated[int, Field(ge=1)]
    n_unanswered: Annotated[int, Field(ge=0)]
    recall: Share
    control_recall: Share
    difference: Difference
    low: Difference | None
    high: Difference | None

    @property
    def recalled(self) -> bool:
        """Whether the model continues the items more literally than what it cannot know."""
        return self.low is not None and self.low > 0


class Canary(Closed):
    """Whether the model completed the banks' canary, of which `shown` was given; a guess is right once in 16**digits."""

    shown: str
    digits: int
    recalled: bool


class Probe(Closed):
    """One probe of one model."""

    schema_: Literal[1] = Field(alias="schema", default=1)
    model: ModelSpec
    engine: EngineRecord
    probed_at: datetime
    prompt_version: str
    banks: tuple[BankProbe, ...]
    canary: Canary

    model_config = ConfigDict(populate_by_name=True)

    @property
    def id(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical JSON."""
        return short_hash(self.model_dump(mode="json", by_alias=True))

    @property
    def recalled(self) -> tuple[str, ...]:
        """The banks that it seems to know, and "canary"."""
        return (*(bank.bank for bank in self.banks if bank.recalled), *(["canary"] if self.canary.recalled else []))


def save(probe: Probe, home: Path) -> Path:
    """Write the record, whole or not at all. Raises StorageError."""
    file = home / FOLDER / f"{probe.id}.json"
    text = canonical(probe.model_dump(mode="json", by_alias=True)) + "\n"
    write_whole(file, text, "then probe again")
    return file


def probes(home: Path) -> list[Probe]:
    """All records, newest first. Raises ContaminationError for a file that is none."""
    return sorted((_read(file) for file in (home / FOLDER).glob("*.json")), key=lambda probe: probe.probed_at, reverse=True)


def of_model(home: Path, model: str, revision: str | None) -> Probe | None:
    """The newest probe of this model at this revision, for the model page; None where there was none.

    Raises ContaminationError as `probes` does.
    """
    return next((probe for probe in probes(home) if (probe.model.name, probe.model.revision) == (model, revision)), None)


def _read(file: Path) -> Probe:
    try:
        return Probe.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        problem = first_problem(error) if isinstance(error, ValidationError) else str(error)
        raise ContaminationError(f"{file}: is no record of a probe ({problem}). Remove it and probe again.") from error


def paired(own: pl.DataFrame) -> tuple[float, float | None, float | None]:
    """Mean and 95% limits of `value` in [-1, 1] over items in clusters; own: item, cluster, value."""
    return _limits(own, -1.0)


def unpaired(own: pl.DataFrame, control: pl.DataFrame) -> tuple[float, float | None, float | None]:
    """Difference of two means of shares and its 95% limits, from the limits of each.

    own and control: item, cluster, value in [0, 1]. Source: Zou and Donner, Statistics in Medicine 27, 2008 ("square and add").
    """
    (first, low, high), (second, below, above) = _limits(own, 0.0), _limits(control, 0.0)
    if low is None or high is None or below is None or above is None:
        return first - second, None, None
    down = float(((first - low) ** 2 + (above - second) ** 2) ** 0.5)
    up = float(((high - first) ** 2 + (second - below) ** 2) ** 0.5)
    return first - second, max(first - second - down, -1.0), min(first - second + up, 1.0)


def _limits(values: pl.DataFrame, lo: float) -> tuple[float, float | None, float | None]:
    named = {"run_id": "probe", "task": "probe", "metric": "recall", "stratum": "all"}
    items = values.with_columns(*(pl.lit(text).alias(name) for name, text in named.items()), weight=pl.lit(1.0))
    rule = pl.DataFrame({"task": ["probe"], "combine": ["items"], "higher_is_better": [True], "lo": [lo], "hi": [1.0]})
    row = intervals(items, rule).row(0, named=True)
    return row["value"], row["low"], row["high"]
