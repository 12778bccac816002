"""What the tasks read from the environment beside the judge."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.settings import Settings, setting


class SettingError(CounselError):
    """An environment variable of the tasks holds a value outside its rule."""


class TaskSettings(Settings):
    """How prompts are built."""

    error = SettingError

    system_role: Literal["system", "merge"] = setting(
        "COUNSEL_SYSTEM_ROLE", "system", "`system` or `merge`", "`merge`: the server's chat template refuses a system role",
        unset="`system`",
    )  # fmt: skip
    thinking_tokens: int = setting(
        "COUNSEL_THINKING_TOKENS", 0, "a whole number of tokens, 0 or more",
        "tokens for a reasoning model's thought, on top of each task's own answer budget", ge=0,
    )  # fmt: skip
    reference: Path | None = setting(
        "COUNSEL_PREFERENCE_REFERENCE", None, "a JSONL file of {id, model, reply}",
        "another model's replies, in place of the bank's own in `counsel_preference`", unset="the bank's own",
    )  # fmt: skip
