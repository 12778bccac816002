"""Starts the server quickly: imports nothing that is large, and keeps the garbage collector out of the way until it serves."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

M_MMAP_THRESHOLD = -3  # of glibc's malloc.h
LARGE_BYTES = 1024 * 1024


def launch(home: Path, host: str, port: int, say: Callable[[str], None]) -> None:
    """`space.server.serving.serve`, with its imports. Serves `home` until Ctrl-C or SIGTERM; the same errors."""
    _return_large_blocks()
    # Nearly all that a start makes stays: the collector would look through it some twenty times and find nothing, which takes
    # a fifth of the start. The server switches it on once it is made.
    gc.disable()
    try:
        from counsel_leaderboard.space.server.serving import serve

        serve(home, host, port, say)
    finally:
        gc.enable()


def _return_large_blocks() -> None:
    """Have freed blocks of a MiB and more go back to the system, whatever was allocated after them.

    glibc raises the limit as blocks are freed, and then keeps what ranking a board of a thousand models needs for a moment:
    100 MiB. Other C libraries have no such call.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
