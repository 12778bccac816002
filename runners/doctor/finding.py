"""One result of a check, and how a list of them is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """What was checked, how it is, and for a warning or a problem the next step. It never holds a key or token."""

    level: Level
    topic: str
    text: str
    step: str = ""

    def line(self) -> str:
        """As one line for a terminal."""
        return f"{self.level:<8} {self.topic}: {self.text}" + (f" {self.step}" if self.step else "")

    def record(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def ok(topic: str, text: str) -> Finding:
    """Nothing to do."""
    return Finding("ok", topic, text)


def warning(topic: str, text: str, step: str) -> Finding:
    """It works, but may surprise."""
    return Finding("warning", topic, text, step)


def problem(topic: str, text: str, step: str) -> Finding:
    """Something will fail."""
    return Finding("problem", topic, text, step)


def troubles(findings: Sequence[Finding]) -> str:
    """The lines of warnings and problems; "" where all is well."""
    return "\n".join(finding.line() for finding in findings if finding.level != "ok")
