"""What the doctor has to say of a command that failed: the checks that its error calls for."""

from __future__ import annotations

from collections.abc import Iterator

from counsel_leaderboard.registry.common.credentials import CredentialError, credential
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.runners.doctor import endpoint, folders, machine
from counsel_leaderboard.runners.doctor.diagnosis import Diagnosis, troubles
from counsel_leaderboard.runners.doctor.endpoint import Target
from counsel_leaderboard.runners.engines.endpoint import KEY_VARIABLE
from counsel_leaderboard.runners.errors import EngineDiedError, EngineStartError, HarnessError
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, JudgingError

JUDGE_KEY = "COUNSEL_JUDGE_KEY"


def server(url: str, model: str | None = None) -> Target:
    """The model server at `url`. Raises CredentialError."""
    return Target("server", url, KEY_VARIABLE, credential(KEY_VARIABLE), model)


def judge(url: str, model: str | None = None) -> Target:
    """The judge at `url`. Raises CredentialError."""
    return Target("judge", url, JUDGE_KEY, credential(JUDGE_KEY), model, judges=True)


def advise(error: CounselError, url: str | None, model: str) -> None:
    """Add to `error`, as a note, the warnings and problems that may have caused it; nothing where there are none."""
    try:
        lines = troubles(list(_relevant(error, url, model)))
    except CredentialError:
        return  # the error says so itself
    if lines:
        error.add_note(f"What `counsel doctor` notices here:\n{lines}")


def _relevant(error: CounselError, url: str | None, model: str) -> Iterator[Diagnosis]:
    if isinstance(error, JudgingError):
        address = JudgeAddress.from_environment()
        if address is not None:
            yield from endpoint.check(judge(address.url, address.model))
    elif isinstance(error, EngineStartError | EngineDiedError) and url is not None:
        yield from endpoint.check(server(url, model))
    elif isinstance(error, HarnessError):
        yield from machine.check()
        yield from folders.check()
        if url is not None:
            yield from endpoint.check(server(url, model))
