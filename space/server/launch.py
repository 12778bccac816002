"""Starts the server quickly: imports nothing large, and turns off garbage collection until the server is ready."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

M_MMAP_THRESHOLD = -3  # of glibc's malloc.h
LARGE_BYTES = 1024 * 1024


def launch(home: Path, host: str, port: int, say: Callable[[str], None]) -> None:
    """Import and run `space.server.serving.serve`: serves `home` until Ctrl-C or SIGTERM, and raises the same errors."""
    _return_large_blocks()
    # Nearly all objects created at the start stay: the collector would search them some twenty times in vain, which takes a
    # fifth of the time to start. The server turns the collector on when it is ready.
    gc.disable()
    try:
        from counsel_leaderboard.space.server.serving import serve

        serve(home, host, port, say)
    finally:
        gc.enable()


def _return_large_blocks() -> None:
    """Return freed blocks of 1 MiB and more to the system, whatever was allocated after them.

    glibc raises this limit as blocks are freed, and then does not return the 100 MiB that ranking a thousand models needs for a
    moment. Other C libraries have no such call.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
