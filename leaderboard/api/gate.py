"""Routes of the crisis gate: what anyone may see of it, and the failing turns for the host."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from counsel_leaderboard.leaderboard.api.auth import bearer
from counsel_leaderboard.leaderboard.api.errors import Route, documented
from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.leaderboard.crisis_gate import model_gates, shown
from counsel_leaderboard.leaderboard.crisis_gate.model_gates import ModelGate
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.leaderboard.submissions.submission import RunId

Id = Annotated[RunId, Path(description="The run's id.")]


def router(prefix: str, store: Store, settings: ServerSettings) -> APIRouter:
    """A gate belongs to a model: the runs of one model, as it was served, share it."""
    routes = APIRouter(prefix=prefix, route_class=Route, tags=["crisis gate"])
    host = [Depends(bearer(settings.admin_token, "COUNSEL_ADMIN_TOKEN"))]

    @routes.get("/runs/{run_id}/gate", responses=documented(404, 422))
    def gate(run_id: Id) -> dict[str, Any]:
        """The crisis gate of the run's model: state, counts, limits, and each session's acts without its words.

        `private`: counts of the host's private slice, null where none was played.
        """
        run = transcripts.run(store, run_id)
        known = shown.model_gate(model_gates.read(store), run)
        gate = {"state": "not run", "sessions": []} if known is None else shown.public(known)
        return gate | {"private": shown.private(store, run)}

    @routes.get("/runs/{run_id}/gate/turns", dependencies=host, responses=documented(401, 403, 404, 422))
    def turns(run_id: Id) -> list[dict[str, Any]]:
        """For the host: each flag of tier A with the words of the counselor's turn and of the client's before it."""
        known = _of(store, run_id)
        return [] if known is None else shown.failing_turns(store, known)

    return routes


def _of(store: Store, run_id: str) -> ModelGate | None:
    return shown.model_gate(model_gates.read(store), transcripts.run(store, run_id))
