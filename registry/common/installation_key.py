"""A secret of this installation, from which codes are derived that nobody outside can compute."""

from __future__ import annotations

import functools
import hashlib
import hmac
import logging
import secrets
from contextlib import suppress
from pathlib import Path

from counsel_leaderboard.registry.common import atomic, paths

log = logging.getLogger(__name__)

FILE = "installation.key"
BYTES = 32


def code(purpose: str, text: str) -> str:
    """128 bits as hexadecimal digits that follow from the text, the purpose and this installation's key."""
    return hmac.new(_key(paths.home()), f"{purpose}\0{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


@functools.cache
def _key(home: Path) -> bytes:
    """The key in the home folder, which its owner alone may read; written at first use.

    Where it cannot be written, a key that this process alone knows: stored verdicts are then not found again.
    """
    file = home / FILE
    try:
        if not file.exists():
            with suppress(FileExistsError):
                atomic.write(file, secrets.token_hex(BYTES), replace=False, mode=0o600)
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)
        stored = bytes.fromhex(file.read_text(encoding="ascii").strip())
        if len(stored) >= BYTES:
            return stored
        log.warning("%s holds no key; delete it, and a new one is written", file)
    except (OSError, ValueError) as error:
        log.warning("The key of this installation could not be used (%s): verdicts are not found again.", type(error).__name__)
    return secrets.token_bytes(BYTES)
