"""Quotes from servers and logs inside our messages: each quoted line is marked, so that it can be removed again.

A server's error or a log may repeat the prompt that was refused, or the key that was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from counsel_leaderboard.registry.common.credentials import redacted

MARK = "  | "
LINE_CHARACTERS = 300
LEFT_OUT = f"{MARK}[removed: it may quote items that must not be redistributed; the worker has printed it]"
_QUOTED = re.compile(rf"^{re.escape(MARK)}.*(?:\n{re.escape(MARK)}.*)*", re.MULTILINE)


def quoted(texts: Iterable[str]) -> str:
    """The texts without this machine's secrets; each line is marked and cut to 300 characters, empty lines are left out."""
    lines = (line for text in texts for line in redacted(text).splitlines())
    return "\n".join(f"{MARK}{line[:LINE_CHARACTERS]}" for line in lines if line.strip())


def without_quotes(message: str) -> str:
    """The message with LEFT_OUT instead of each quote."""
    return _QUOTED.sub(LEFT_OUT, message)
