"""Starts the server quickly: imports nothing that is large, and keeps the garbage collector out of the way until it serves."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path


def launch(home: Path, host: str, port: int, say: Callable[[str], None]) -> None:
    """`space.serving.serve`, with its imports. Serves `home` until Ctrl-C or SIGTERM; the same errors."""
    # Nearly all that a start makes stays: the collector would look through it some twenty times and find nothing, which takes
    # a fifth of the start. The server switches it on once it is made.
    gc.disable()
    try:
        from space.serving import serve

        serve(home, host, port, say)
    finally:
        gc.enable()
