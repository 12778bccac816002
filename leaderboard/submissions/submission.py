"""Submissions and self-reported models, as the form and the API both read them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from counsel_leaderboard.leaderboard.runs.lm_eval_output import TaskName
from counsel_leaderboard.leaderboard.specs.evaluation_spec import Dtype
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.registry.common.closed import StrictlyClosed

RunId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
_HUB_NAME = "[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95}"
HubName = Annotated[str, Field(max_length=200, pattern=f"^{_HUB_NAME}$")]
# A Hub model, a control, or the built-in model that every worker has.
ModelName = Annotated[
    str, Field(max_length=200, pattern=r"^(smollm2-135m|[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95})$")
]
Revision = Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$")]
# A user name of the Hub, or whatever looks like one.
PersonName = Annotated[str, Field(max_length=96, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class Submission(StrictlyClosed):
    """A model to be evaluated. `tasks` left out: every task that this host can score."""

    model: ModelName
    revision: Revision = "main"
    dtype: Dtype = "auto"
    chat: Literal["template", "plain"] = "template"
    source: Literal["open", "upstream"] = "open"
    tasks: Annotated[list[TaskName], Field(min_length=1, max_length=50)] | None = None
    limit: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    submitter: PersonName
    conflict: Annotated[Text | None, Field(description="An interest in this model or a competing one; shown publicly.")] = None
    priority: Annotated[int, Field(ge=0, le=9, description="Above 0 for the host alone.")] = 0


class ReportedModel(StrictlyClosed):
    """What a self-reported run is: the model of the Hub that was run, and who says so."""

    model: HubName
    revision: Revision
    chat: Literal["template", "plain"] = "template"
    submitter: PersonName
    other_name: Annotated[
        Text | None, Field(description="Why the results name another model, such as a folder of one's own; shown publicly.")
    ] = None
