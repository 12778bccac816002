"""What holds for every test."""

from __future__ import annotations

import os
import sys

# The tests start hundreds of child processes; without bytecode each of them would compile this project anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
