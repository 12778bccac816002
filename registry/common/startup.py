"""What every process of ours does first, so that an odd machine costs neither a run nor its last message."""

from __future__ import annotations

import io
import os
import sys

from counsel_leaderboard.registry.common.proxies import loopback_unproxied


def prepare_process() -> None:
    """Keep this machine out of the environment's proxies, and print what the terminal's encoding lacks as a question mark."""
    os.environ.update(loopback_unproxied(os.environ))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
