"""The author's statement about a self-reported run: `report.json` beside lm-eval's own files, written by the server."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.hashing import canonical

FILE_NAME = "report.json"


class Report(Closed):
    """The model that was run, as the Hub knows it, and its submitter; nobody here observed the run."""

    schema_: Literal[1] = Field(alias="schema", default=1)
    model: ModelSpec
    submitter: Text

    model_config = ConfigDict(populate_by_name=True)

    def text(self) -> str:
        """The canonical JSON text."""
        return canonical(self.model_dump(mode="json", by_alias=True))
