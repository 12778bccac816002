"""Splitting a text into sentences: prose, transcripts of speech, lists and Markdown. The coder and topics use it."""

from __future__ import annotations

import re

LONGEST = 600
"""Characters of one sentence at most: a text without full stops is cut at a space, so that no unit is endless."""

_ABBREVIATION = re.compile(
    r"(?:\b(?:dr|mr|mrs|ms|prof|st|vs|etc|approx|dept|fig|inc|jr|sr|a\.m|p\.m)|\be\.g|\bi\.e|\b(?-i:[A-HJ-Z]))\.$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\bno\.\s{1,40}\d", re.IGNORECASE)
"""`No. 5` is a number; any other `No.` is an answer."""
_CODE_BLOCK = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_LINE_MARK = re.compile(r"^\s*(?:>+\s*)?(?:#{1,6}\s+|[-*•–+]\s+|\(?\d{1,2}[.)]\s+|[a-zA-Z][)]\s+)")
_INLINE_MARK = re.compile(r"(\*\*|__|`|~~)|(?<![\w*])[*_](?=\S)|(?<=\S)[*_](?![\w*])")
_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\s]{0,500}\)")
_RULE = re.compile(r"^\s{0,40}(?:[-*_=]\s{0,40}){3,}$|^\s{0,40}\|?\s{0,40}:?-{2,}.*$")
_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’)\]]*(?=\s|$)")
_WORD = re.compile(r"[^\W_]")


def sentences(text: str) -> list[str]:
    """The sentences of a text in order, without Markdown's marks; units without a letter or a digit are left out.

    Lines end a sentence, as do `.`, `!`, `?` and `…` before a space, but not after an abbreviation or an initial (`I` is
    none). Code blocks are left out: they are no talk.
    """
    units: list[str] = []
    for line in _CODE_BLOCK.sub("\n", text).splitlines():
        if _RULE.match(line):
            continue
        plain = _INLINE_MARK.sub("", _LINK.sub(r"\1", _LINE_MARK.sub("", line))).replace("|", " ")
        units += [piece for unit in _split_line(plain) for piece in _cut(unit)]
    return [unit for unit in units if _WORD.search(unit)]


def _split_line(line: str) -> list[str]:
    units, start = [], 0
    for end in _END.finditer(line):
        before = line[start : end.end()]
        if end.group() == "." and (_ABBREVIATION.search(before[-8:]) or _NUMBERED.match(line, max(start, end.end() - 3))):
            continue
        units.append(before.strip())
        start = end.end()
    return [*units, line[start:].strip()]


def _cut(unit: str) -> list[str]:
    pieces = []
    while len(unit) > LONGEST:
        space = unit.rfind(" ", LONGEST // 2, LONGEST)
        at = space if space > 0 else LONGEST
        pieces.append(unit[:at])
        unit = unit[at:].strip()
    return [*pieces, unit]
