"""Fences around judged texts: quoted material can neither close its fence nor look like part of the judge's prompt."""

from __future__ import annotations

OPENS, CLOSES = "<<<", ">>>"
LOOKALIKES = str.maketrans("<>", "\u2039\u203a")


def fenced(text: str, code: str) -> str:
    """The text inside a fence that it cannot contain, because its angle brackets become look-alike characters."""
    return f"{OPENS}{code}\n{neutral(text)}\n{code}{CLOSES}"


def neutral(text: str) -> str:
    """The text without anything that could be read as a fence, a chat template's token or a control character."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t").translate(LOOKALIKES)
