"""What can go wrong while one model is run; each carries the reason code that a queue stores."""

from __future__ import annotations

from counsel_leaderboard.registry.common.errors import CounselError


class RunError(CounselError):
    """A run that ended without a result. `reason` is a stable code, the message is for people."""

    reason = "harness_failed"


class EngineStartError(RunError):
    """The engine died or stayed silent before it could answer."""

    reason = "engine_start"


class EngineDiedError(RunError):
    """The engine answered once and is gone."""

    reason = "engine_died"


class OutOfMemoryError(EngineStartError):
    """The model does not fit into the memory that is free here."""

    reason = "out_of_memory"


class HarnessError(RunError):
    """lm_eval ended with an error or without results."""


class WeightsError(CounselError):
    """The demo model's weights could not be had, or are not the bytes they should be."""


class UnknownModelError(CounselError):
    """The model argument names nothing that an engine here can serve."""
