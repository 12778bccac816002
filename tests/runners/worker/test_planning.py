"""What a worker refuses to run, and the reasons that it gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import routes
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.runners.errors import EngineStartError, OutOfMemoryError, UnknownModelError
from counsel_leaderboard.runners.judging.judge_run import JudgingError
from counsel_leaderboard.runners.worker import Server
from counsel_leaderboard.runners.worker.planning import ReleaseError, evaluation_of, reason_of
from counsel_leaderboard.runners.worker.work_dir import WorkDir
from tests.support.host_client import SETTINGS
from tests.support.task_folders import made_task
from tests.support.worker import Make, Script, Wire, submit


@pytest.mark.parametrize(
    ("change", "message"),
    [({"surprise": 1}, "surprise"), ({"limit": 7}, "has the id [0-9a-f]{16} in this release"), (None, "valid dictionary")],
)
def test_what_a_server_of_another_release_asks_is_not_run(
    slot: WorkDir, host: Server, make: Make, change: dict[str, Any] | None, message: str
) -> None:
    submit(host)
    work = make().server.claim({"worker": slot.name, "engines": ["control"]})
    assert work is not None
    work["spec"] = {**work["spec"], **change} if change else None
    with pytest.raises(ReleaseError, match=f"{message}.*Install the server's release"):
        evaluation_of(work, slot.folder, None)


def test_another_version_of_a_task_is_not_run(make: Make, host: Server, script: Script, wire: Wire, store: Store) -> None:
    """The server is of a release whose task has another version."""
    other = {"counsel_stigma": made_task("counsel_stigma", version="9.9")}
    wire.app = FastAPI()
    wire.app.include_router(routes(store, replace(SETTINGS, tasks=lambda: other)))
    spec_id = submit(host)
    make().run(once=True)
    status = host.read(spec_id)
    assert (status["state"], script.calls) == ("failed", 0)
    detail = status["failures"][0]["detail"]
    assert f"has version {catalog()['counsel_stigma'].version} here, and the request needs 9.9" in detail


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OutOfMemoryError("x"), "out_of_memory"),
        (EngineStartError("its prompt said: out of memory"), "engine_start"),
        (EngineStartError("x"), "engine_start"),
        (UnknownModelError("x"), "model_unknown"),
        (JudgingError("x"), "judge_unreachable"),
        (DataError("x"), "data_unavailable"),
    ],
)
def test_reasons(error: Any, reason: str) -> None:
    assert reason_of(error) == reason
