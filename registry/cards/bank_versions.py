"""The versions of the open item banks, as their changelogs tell them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.sources.paths import OPEN

FILE_NAME = "CHANGELOG.md"
HEADING = "## "


@dataclass(frozen=True)
class BankVersion:
    """One version of a bank: the bank's folder, the version, and what changed in it, a line each."""

    bank: str
    version: str
    changes: tuple[str, ...]


def bank_versions(folder: Path = OPEN) -> list[tuple[str, list[BankVersion]]]:
    """The banks that have a changelog, sorted by name, each with its versions, newest first."""
    files = sorted(folder.glob(f"*/{FILE_NAME}"))
    return [(file.parent.name, _versions(file.parent.name, file.read_text(encoding="utf-8"))) for file in files]


def _versions(bank: str, text: str) -> list[BankVersion]:
    versions = []
    for part in text.split(f"\n{HEADING}")[1:]:
        version, _, rest = part.partition("\n")
        versions.append(BankVersion(bank, version.strip(), tuple(_changes(rest))))
    return versions


def _changes(text: str) -> list[str]:
    """The points of a list, each on one line; text that is no list is one point a paragraph."""
    points: list[str] = []
    for line in text.splitlines():
        if line.startswith("- ") or not points:
            points.append(line.removeprefix("- ").strip())
        else:
            points[-1] = f"{points[-1]} {line.strip()}".strip()
    return [point for point in points if point]
