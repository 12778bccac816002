"""What the reference panel showed of a task's bank: the file `panel.json` beside the task's YAML.

`python -m docs.generate.bank_panel` writes it, from scripted candidates of known quality; no model has a part in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, FiniteFloat

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.manifests.beside_manifest import read_beside

FILE_NAME: Final = "panel.json"
ABOUT_THE_SAME: Final = 1.15
PanelEnd = Literal["ceiling", "floor"]
SATURATION_RULE: Final = (
    "A task is saturated for a version of its bank where the board's test does not tell the scripted candidate that knows 80% "
    "of it from the one that knows all (ceiling), or the one that knows 20% from the one that knows nothing (floor)."
)


class TaskPanel(Closed):
    """The panel's figures for one version of a bank.

    `dataset`: its card; `fingerprint`: of its rows. `scores`: the headline of each candidate by what it knows, as "80%".
    `known`, `unknown`: what a candidate answers where it knows, and where it does not. `resolvable`: the smallest difference of
    two candidates of 80% that a paired test at 5% sees four times in five, in the headline's units, where each item fails by
    itself; `resolvable_by_cluster`: the same where all items of a cluster fail together. `saturated`: at which end.
    """

    dataset: Annotated[str, Field(min_length=1, max_length=100)]
    fingerprint: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    known: Annotated[str, Field(min_length=1, max_length=200)]
    unknown: Annotated[str, Field(min_length=1, max_length=200)]
    scores: Mapping[str, FiniteFloat]
    resolvable: FiniteFloat
    resolvable_by_cluster: FiniteFloat
    saturated: PanelEnd | None

    @property
    def resolution(self) -> str:
        """The resolvable difference in words: "0.112 to 0.247", or one figure where both are about the same."""
        low, high = sorted((self.resolvable, self.resolvable_by_cluster))
        return f"{low:.3f}" if high < ABOUT_THE_SAME * low else f"{low:.3f} to {high:.3f}"


def task_panel(task: str) -> TaskPanel | None:
    """The panel's figures for the task's open bank; None where the task is not installed or has no panel.

    Raises ManifestError for a file that does not have this form.
    """
    return read_beside(task, FILE_NAME, TaskPanel, json.loads)
