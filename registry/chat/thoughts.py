"""The visible part of a model's text: thoughts are taken out, whatever marks their template puts around them."""

from __future__ import annotations

import re
from typing import Final

UNFINISHED: Final = "<think>"
"""A text that stands for a thought that was cut at the budget: a thought opens, and no reply follows."""

_NAMES = "think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad|seed:think"
_OPENS: Final = re.compile(
    rf"<(?:{_NAMES}) ?>|\[THINK(?:ING)?\]|\u25c1think\u25b7|<\|START_THINKING\|>|<\|begin_of_thought\|>|<\|channel>thought",
    re.IGNORECASE,
)
_CLOSES: Final = re.compile(
    rf"</(?:{_NAMES}) ?>|\[/THINK(?:ING)?\]|\u25c1/think\u25b7|<\|END_THINKING\|>|<\|end_of_thought\|>|<channel\|>"
    r"|<\|START_RESPONSE\|>",
    re.IGNORECASE,
)
_REPLY_ENDS: Final = "<|END_RESPONSE|>"
# Harmony, the format of gpt-oss: each message names its channel. Servers that drop special tokens leave only the names.
_CHANNEL: Final = "<|channel|>"
_FINAL: Final = re.compile(
    r"<\|channel\|>[ \t]{0,4}final[^<\n]{0,40}(?:<\|constrain\|>[^<\n]{0,40})?<\|message\|>", re.IGNORECASE
)
_ENDS: Final = re.compile(r"<\|(?:return|end|start|call|channel)\|>")
_BARE: Final = re.compile(r"analysis(?=[A-Z])")
_BARE_FINAL: Final = "assistantfinal"


def visible(text: str) -> str | None:
    """What a reader would see, stripped; None if a thought opens and no reply follows it."""
    if _CHANNEL in text:
        return _final_message(text)
    bare = text.lstrip()
    if _BARE.match(bare) or (bare.startswith("analysis") and _BARE_FINAL in bare):
        _, mark, reply = bare.rpartition(_BARE_FINAL)
        return reply.strip() if mark else None
    start = 0
    for closing in _CLOSES.finditer(text):
        start = closing.end()
    reply = text[start:].removesuffix(_REPLY_ENDS)
    return None if _OPENS.search(reply) else reply.strip()


def _final_message(text: str) -> str | None:
    start = None
    for mark in _FINAL.finditer(text):
        start = mark.end()
    if start is None:
        return None
    end = _ENDS.search(text, start)
    return text[start : end.start() if end else None].strip()
