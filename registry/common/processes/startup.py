"""What every process of ours does first, so that an odd machine costs neither a run nor its last message."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.common.proxies import loopback_unproxied

PRIVATE: Final = 0o077
"""New folders have mode 700 and files 600: withheld texts, addresses and answers lie in them."""


def prepare_process() -> None:
    """Keep what this process and its children write private, and this machine out of the environment's proxies, and
    print what the terminal's encoding lacks as a question mark.
    """
    os.umask(PRIVATE)
    os.environ.update(loopback_unproxied(os.environ))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def close_to_others(folder: Path) -> str | None:
    """Take the rights of other users and groups from a folder that exists; what was done, or has to be done, in words.

    None where nothing had to be done. A folder that older releases or a host's own `mkdir` left at mode 755 holds withheld
    texts, and closing it closes all that is in it.
    """
    try:
        mode = folder.stat().st_mode & 0o777
    except OSError:
        return None
    if not mode & PRIVATE:
        return None
    try:
        folder.chmod(mode & ~PRIVATE)
    except OSError as error:
        step = f"its mode cannot be changed ({error.strerror}). Its owner can: chmod 700 {folder}"
        return f"{folder}: is open to other users (mode {mode:o}), with withheld replies in it, and {step}."
    return f"{folder}: was open to other users (mode {mode:o}), with withheld replies in it; it is its owner's alone now."
