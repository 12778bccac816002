"""The style sheet and the script of the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[1] / "static"
CSS: Final = (FOLDER / "counsel.css", FOLDER / "board.css", FOLDER / "forms.css")


def script(*names: str) -> str:
    """The text of scripts in the folder, one after the other."""
    return "\n".join((FOLDER / name).read_text("utf-8") for name in names)
