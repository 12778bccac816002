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
    """The model that was run, as the Hub knows it, and its submitter; nobody here observed the run.

    other_name: why lm-eval's results name another model, in the submitter's words; None where they name this one.
    """

    schema_: Literal[1] = Field(alias="schema", default=1)
    model: ModelSpec
    submitter: Text
    other_name: Text | None = None

    model_config = ConfigDict(populate_by_name=True)

    def text(self) -> str:
        """The canonical JSON text; without `other_name` where there is none, as before there was that field."""
        left_out = {"other_name"} if self.other_name is None else set()
        return canonical(self.model_dump(mode="json", by_alias=True, exclude=left_out))

    def names(self, name: str) -> bool:
        """Whether `name`, of lm-eval's results, is this model: its Hub name, or a path that ends as the Hub name does."""
        own, given = self.model.name.lower(), name.strip().rstrip("/").lower()
        return given == own or given.rpartition("/")[2] == own.rpartition("/")[2]
