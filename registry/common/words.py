"""Numbers in words."""

from __future__ import annotations


def counted(number: int, singular: str, plural: str = "") -> str:
    """A count with its noun: "1 task", "2 tasks"; `plural` where an s does not make it."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"
