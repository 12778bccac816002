"""A token for each worker, derived from the host's own: nothing is stored, and none of them gives another's."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from counsel_leaderboard.leaderboard.submissions.callers import same
from counsel_leaderboard.registry.common.errors import CounselError

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_PURPOSE: Final = "counsel worker"


class WorkerNameError(CounselError):
    """A name that no worker's token can have."""


def issue(secret: str, name: str) -> str:
    """The token of the worker `name`: its name, a dot, and 64 hex digits. secret: the host's COUNSEL_WORKER_TOKEN.

    Raises WorkerNameError for a name of other than 1 to 40 letters, digits, hyphens and underscores.
    """
    if not NAME.fullmatch(name):
        raise WorkerNameError(f"{name!r}: a worker's name has 1 to 40 letters, digits, hyphens and underscores.")
    digest = hmac.new(secret.encode(), f"{_PURPOSE} {name}".encode(), hashlib.sha256).hexdigest()
    return f"{name}.{digest}"


def owner(secret: str, token: str) -> str | None:
    """The worker whose token it is, None if it is nobody's."""
    name = token.partition(".")[0]
    return name if NAME.fullmatch(name) and same(token, issue(secret, name)) else None
