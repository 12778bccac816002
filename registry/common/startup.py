"""What every process of ours does first, so that an odd machine costs neither a run nor its last message."""

from __future__ import annotations

import io
import os
import sys
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
