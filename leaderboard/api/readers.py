"""Routes of readers: runs, samples, the board."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response

from counsel_leaderboard.leaderboard.api import board_response
from counsel_leaderboard.leaderboard.api.bodies import SamplesView, SpecId
from counsel_leaderboard.leaderboard.api.errors import CallError, Route, documented
from counsel_leaderboard.leaderboard.api.reports import reproduced
from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.leaderboard.exchange import board_files
from counsel_leaderboard.leaderboard.exchange.board_text import board_text
from counsel_leaderboard.leaderboard.runs.lm_eval_output import TaskName
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.submission import RunId
from counsel_leaderboard.registry.manifests import Source

Id = Annotated[RunId, Path(description="The run's id.")]
Number = Annotated[float, Query(allow_inf_nan=False)]
ItemName = Annotated[str, Query(min_length=1, max_length=1000)]


def router(prefix: str, store: Store) -> APIRouter:
    """Routes that anyone may call."""
    routes = APIRouter(prefix=prefix, route_class=Route, tags=["reading"])

    @routes.get("/leaderboard", responses=board_response.DOCUMENTED | documented(422))
    def leaderboard(
        source: Source = "open",
        format: board_files.Kind | Literal["table"] = "json",
        width: Annotated[int, Query(ge=40, le=400)] = 160,
        if_none_match: board_response.IfNoneMatch = None,
    ) -> Response:
        """The board as one long table: each score with interval, denominators, tier, and why it is not ranked.

        Metrics `skills_NAME` are rates of techniques, where the host ran `counsel skills score`.

        `table` is text for a terminal of `width` columns, as `counsel board` prints it.
        """
        if format == "table":
            shown = boards.read(store, source)
            return Response(board_text(shown.scores, width, shown.ranks), media_type="text/plain")
        name = None if format == "json" else f"leaderboard-{source}.{format}"
        return board_response.answer(store, source, format, if_none_match, name)

    @routes.get("/runs", responses=documented(422))
    def runs(model: Text | None = None, spec_id: SpecId | None = None) -> list[dict[str, Any]]:
        """All stored runs of a model by its name, or of a spec by its id, newest first; retracted ones with their reason.

        Give one of the two, or both: then a run must match both. One spec may have several runs.
        """
        if model is None and spec_id is None:
            raise CallError(422, "model", "given", "model: is missing, and so is spec_id. Give one of the two.")
        return [_plain(row) for row in transcripts.history(store, model, spec_id)]

    @routes.get("/runs/{run_id}", responses=documented(404, 422))
    def run(run_id: Id) -> dict[str, Any]:
        """One stored run: its settings, tasks and any retraction; for a self-reported run also its reproduction."""
        details: dict[str, Any] = _plain(transcripts.run(store, run_id))
        # This query costs twice as much as the rest, and is empty for any other run.
        rows = reproduced(store, run_id) if details["self_reported"] else []
        return {**details, "reproduction": [row.model_dump() for row in rows]}

    @routes.get("/runs/{run_id}/samples", responses=documented(404, 422))
    def of_run(
        run_id: Id,
        task: TaskName | None = None,
        cluster: ItemName | None = None,
        stratum: ItemName | None = None,
        item: ItemName | None = None,
        low: Number | None = None,
        high: Number | None = None,
        scored: bool | None = None,
        order: transcripts.Order = "position",
        offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
        limit: Annotated[int, Query(ge=1, le=transcripts.MOST)] = 50,
    ) -> SamplesView:
        """Samples of a run as anyone may see them, without texts that a dataset's card forbids and withheld replies."""
        transcripts.require(store, run_id)
        page = transcripts.samples(
            store, run_id, task=task, cluster=cluster, stratum=stratum, item=item, low=low, high=high, scored=scored,
            order=order, offset=offset, limit=limit,
        )  # fmt: skip
        return SamplesView(total=page.total, samples=[_plain(sample) for sample in page.samples])

    return routes


def _plain(value: Any) -> Any:
    """The value with NaN and infinities as null, which JSON cannot express."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
