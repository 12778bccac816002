"""One result of a check, and how a list of them is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Diagnosis:
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


def ok(topic: str, text: str) -> Diagnosis:
    """Nothing to do."""
    return Diagnosis("ok", topic, text)


def warning(topic: str, text: str, step: str) -> Diagnosis:
    """It works, but may surprise."""
    return Diagnosis("warning", topic, text, step)


def problem(topic: str, text: str, step: str) -> Diagnosis:
    """Something will fail."""
    return Diagnosis("problem", topic, text, step)


def troubles(findings: Sequence[Diagnosis]) -> str:
    """The lines of warnings and problems; "" where all is well."""
    return "\n".join(finding.line() for finding in findings if finding.level != "ok")
