"""Which page holds which generated part, between two comments that name it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docs.generate import architecture, command_line, http_api, settings, unranked

ROOT = Path(__file__).parents[2]
COMMAND = "python -m docs.generate"
# A file below docs/, the name of a part of it, and what gives the part. A name of "" is the whole file.
PARTS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("reference/command-line.md", "commands", command_line.text),
    ("reference/http-api.md", "routes", http_api.text),
    ("reference/settings.md", "settings", settings.text),
    ("reference/unranked.md", "reasons", unranked.text),
    ("extend/architecture.md", "folders", architecture.table),
    ("extend/architecture.svg", "", architecture.picture),
)


def page(file: str) -> Path:
    """The path of a page by its name below docs/."""
    return ROOT / "docs" / file


def updated(text: str, part: str, content: str) -> str:
    """`text` with the content of that part replaced. Raises ValueError where the two comments of the part are missing."""
    if not part:
        return content
    begin, end = f"<!-- {part}: begin -->\n", f"<!-- {part}: end -->"
    before, opened, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not opened or not closed:
        raise ValueError(f"the comments {begin.strip()} and {end} are missing; put them where the part belongs.")
    return f"{before}{begin}{content}{end}{after}"
