"""Ends a server's child process when its parent has died."""

from __future__ import annotations

import os
import threading
import time

PARENT = "COUNSEL_ENGINE_PARENT"
"""Holds the parent's process id: the parent may have died before the child can ask the system for it."""


def end_with_parent() -> None:
    """End this process soon after its parent dies, even by SIGKILL, so that no server keeps running."""
    parent = int(os.environ.get(PARENT) or os.getppid())

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
