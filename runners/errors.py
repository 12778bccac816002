"""The errors that can end a run; each has the reason code that the queue stores."""

from __future__ import annotations

from counsel_leaderboard.registry.common.errors import CounselError


class RunError(CounselError):
    """A run that ended without a result. `reason` is a stable code, the message is for people."""

    reason = "harness_failed"


class EngineStartError(RunError):
    """The engine ended, or did not answer in time, while it started."""

    reason = "engine_start"


class EngineDiedError(RunError):
    """The engine ended after it had started."""

    reason = "engine_died"


class OutOfMemoryError(EngineStartError):
    """The model does not fit into the free memory of this machine."""

    reason = "out_of_memory"


class HarnessError(RunError):
    """lm_eval ended with an error or without results."""


class WeightsError(CounselError):
    """The demo model's weights could not be downloaded, or their checksum is wrong."""


class UnknownModelError(CounselError):
    """The model argument names nothing that an engine of this project can serve."""
