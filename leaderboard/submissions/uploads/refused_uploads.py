"""How many uploads from an address were refused in the last 24 hours: unpacking them costs as much as of those that are taken.

Kept in memory: a restart forgets them, and nothing that a stranger sends fills the disk.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from pathlib import Path
from typing import Final

DAY_SECONDS: Final = 24 * 3600.0
ADDRESSES: Final = 10_000
"""Of how many addresses they are counted; the one that was refused longest ago is forgotten first."""

_lock = threading.Lock()
_refused: OrderedDict[tuple[Path, str], deque[float]] = OrderedDict()


def note(home: Path, address: str | None) -> None:
    """Count a refused upload to the server of `home` from that address, given as its hash."""
    if address is None:
        return
    with _lock:
        moments = _refused.setdefault((home.absolute(), address), deque(maxlen=1000))
        _refused.move_to_end((home.absolute(), address))
        moments.append(time.monotonic())
        while len(_refused) > ADDRESSES:
            _refused.popitem(last=False)


def recent(home: Path, address: str | None) -> int:
    """How many uploads from that address were refused in the last 24 hours."""
    with _lock:
        moments = _refused.get((home.absolute(), address or ""), deque())
        since = time.monotonic() - DAY_SECONDS
        return sum(moment > since for moment in moments)
