"""What others said, inside a message of ours: each line of it marked, so that it can be taken out again.

A server's error may quote the prompt that it refused or the key that it was sent, and so may a log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from counsel_leaderboard.registry.common.credentials import redacted

MARK = "  | "
LINE_CHARACTERS = 300
LEFT_OUT = f"{MARK}[left out: it may quote items that may not be handed on; the worker printed it]"
_QUOTED = re.compile(rf"^{re.escape(MARK)}.*(?:\n{re.escape(MARK)}.*)*", re.MULTILINE)


def quoted(texts: Iterable[str]) -> str:
    """Those texts without this machine's secrets, line by line, each marked and cut to 300 characters; no empty line."""
    lines = (line for text in texts for line in redacted(text).splitlines())
    return "\n".join(f"{MARK}{line[:LINE_CHARACTERS]}" for line in lines if line.strip())


def without_quotes(message: str) -> str:
    """The message with LEFT_OUT in the place of what was quoted."""
    return _QUOTED.sub(LEFT_OUT, message)
