"""What a worker refuses to run, and the reasons that it gives."""

from __future__ import annotations

from typing import Any

import pytest

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.runners.errors import EngineStartError, OutOfMemoryError, UnknownModelError
from counsel_leaderboard.runners.judging.judge_run import JudgingError
from counsel_leaderboard.runners.worker import Server
from counsel_leaderboard.runners.worker.planning import ReleaseError, evaluation_of, reason_of
from counsel_leaderboard.runners.worker.work_dir import WorkDir
from tests.support.worker import Make, Script, submit


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


def test_another_version_of_a_task_is_not_run(
    make: Make, host: Server, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.task_folders import made_task

    monkeypatch.setattr(
        "counsel_leaderboard.runners.worker.planning.select", lambda names: [made_task(name, version="9.9") for name in names]
    )
    spec_id = submit(host)
    make().run(once=True)
    status = host.read(spec_id)
    assert (status["state"], script.calls) == ("failed", 0)
    assert "has version 9.9 here" in status["failures"][0]["detail"]


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
