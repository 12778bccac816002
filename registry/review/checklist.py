"""What a reader of items goes by: the checklist in the README of the open banks, and where a reader finds help."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.sources.paths import OPEN

HEADING: Final = "## Checklist of the second reading"
HELP: Final = (
    "These texts speak of distress, trauma and suicidal thoughts. If reading them is hard on you, stop. If you or somebody "
    "else is in danger, call your local emergency services; https://findahelpline.com lists people to talk to in your country."
)


def checklist(root: Path = OPEN) -> list[tuple[str, str]]:
    """The points of the checklist, each as its heading and its text. Raises DataError where the README has none."""
    path = root / "README.md"
    _, _, rest = path.read_text(encoding="utf-8").partition(f"{HEADING}\n")
    points = [" ".join(point.split()).removeprefix("**") for point in rest.partition("\n## ")[0].split("\n- ")[1:]]
    if not points:
        raise DataError(f"{path} has no list under {HEADING!r}, by which items are read")
    return [(name.removesuffix("."), text.strip()) for name, _, text in (point.partition("**") for point in points)]
