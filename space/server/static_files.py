"""The style sheet and the script of the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "static"
CSS: Final = FOLDER / "counsel.css"


def script(name: str) -> str:
    """The text of a script in the folder."""
    return (FOLDER / name).read_text("utf-8")
