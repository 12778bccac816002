"""A token for each worker, derived from the host's own: none of them gives another's, and only revoked names are stored."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import Final

from counsel_leaderboard.leaderboard.submissions.callers import same
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.errors import CounselError

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
REVOKED: Final = "revoked-workers.txt"
"""The file in the home with the names whose tokens are no longer taken, one a line."""
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


def revoke(home: Path, name: str) -> None:
    """Take that worker's token no longer, from its next call on; the name cannot be used again.

    Raises WorkerNameError, OSError.
    """
    if not NAME.fullmatch(name):
        raise WorkerNameError(f"{name!r}: is no worker's name; a name has 1 to 40 letters, digits, hyphens and underscores.")
    names = {*revoked(home), name}
    atomic.write(home / REVOKED, "".join(f"{name}\n" for name in sorted(names)), flush="bytes and name", mode=0o600)


def revoked(home: Path) -> frozenset[str]:
    """The names whose tokens are no longer taken. Raises OSError where they are stored and cannot be read."""
    try:
        return frozenset((home / REVOKED).read_text(encoding="ascii").split())
    except FileNotFoundError:
        return frozenset()
