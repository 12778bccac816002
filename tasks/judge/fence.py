"""Fences around judged texts: quoted material can neither close its fence nor look like part of the judge's prompt."""

from __future__ import annotations

import re
import string

OPENS, CLOSES = "<<<", ">>>"

# Whatever looks like an angle bracket, a square bracket, a bar or a hash, in any width, becomes one neutral character.
_LOOKALIKES = {
    "\u2039": "<\uff1c\ufe64\u00ab\u226a\u22d8\u276e\u2770\u27e8\u27ea\u2329\u3008\u300a\u29fc\u02c2\u1438\u2aa1\u276c\u227a",
    "\u203a": ">\uff1e\ufe65\u00bb\u226b\u22d9\u276f\u2771\u27e9\u27eb\u232a\u3009\u300b\u29fd\u02c3\u1433\u2aa2\u276d\u227b",
    "\u2045": "[\uff3b\ufe47\u3010\u3014\u3016\u301a\u27e6\u2772\u2997\u2985",
    "\u2046": "]\uff3d\ufe48\u3011\u3015\u3017\u301b\u27e7\u2773\u2998\u2986",
    "\u00a6": "|\uff5c\u2502\u2758\u2223\u01c0",
    "\u266f": "#\uff03\ufe5f",
}
_WIDE = {chr(ord(letter) + 0xFEE0): letter for letter in string.ascii_letters}
_NEUTRAL = str.maketrans({char: neutral for neutral, chars in _LOOKALIKES.items() for char in chars} | _WIDE)
_RUNS = re.compile("(\u2039|\u203a)\\1+")
_MARKS = r"[^A-Za-z0-9\n]"
_ROLES = re.compile(
    rf"^({_MARKS}{{0,8}}(?:\d{{1,3}}[.)]{_MARKS}{{0,8}})?"
    rf"(?:system|assistant|user|human|developer|judge|instruction|response|tool|model){_MARKS}{{0,8}}\n?{_MARKS}{{0,4}})"
    r"[:\uff1a\ufe55]",
    re.IGNORECASE | re.MULTILINE,
)


def fenced(text: str, code: str) -> str:
    """The text inside a fence that it cannot contain, because its brackets become look-alike characters."""
    return f"{OPENS}{code}\n{neutral(text)}\n{code}{CLOSES}"


def neutral(text: str) -> str:
    """The text without anything that could be read as a fence, a heading, a role or token of a template, or a control."""
    printable = "".join(char for char in text if char.isprintable() or char in "\n\t")
    return _ROLES.sub("\\1\u2236", _RUNS.sub(r"\1", printable.translate(_NEUTRAL)))
