"""Where the repository lies, and the published data beside it that some tests use where it is there."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = ROOT.resolve().parent / "shared"
MIRROR = Path(os.environ.get("COUNSEL_MIRROR") or SHARED / "upstream")
