"""What our server children do: end when the parent is gone."""

from __future__ import annotations

import os
import threading
import time

PARENT = "COUNSEL_ENGINE_PARENT"
"""Holds the parent's process id: the child may come to ask for it only after the parent is gone."""


def end_with_parent() -> None:
    """End this process soon after its parent died, also by SIGKILL, so that no server is left behind."""
    parent = int(os.environ.get(PARENT) or os.getppid())

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
