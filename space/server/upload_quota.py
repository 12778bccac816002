"""How many files a caller may upload to the form in an hour: an upload is on the disk before any other quota can be asked."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from typing import Final

HOUR_SECONDS: Final = 3600.0
MOST: Final = 20
CALLERS: Final = 10_000


class UploadQuota:
    """Counts uploads by address, in memory. Safe to use from many threads. most: uploads in an hour of one address."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._uploads: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, address: str | None) -> bool:
        """Count an upload from that address; False, and nothing is counted, where it used up its hour."""
        moment = time.monotonic()
        with self._lock:
            uploads = self._uploads.setdefault(address or "", deque())
            self._uploads.move_to_end(address or "")
            while uploads and uploads[0] < moment - HOUR_SECONDS:
                uploads.popleft()
            if len(uploads) >= self.most:
                return False
            uploads.append(moment)
            while len(self._uploads) > CALLERS:
                self._uploads.popitem(last=False)
        return True
