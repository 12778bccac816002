"""Finds names of people and places that several items share, by a heuristic over capitalised words inside sentences."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

# A capital after a lower-case word, a digit or a comma does not start a sentence. "I" and words in all capitals do not match.
_INSIDE = re.compile(r"(?<=[a-z0-9,;'’)] )[A-Z][a-zà-ÿ]{2,}")
_ALLOWED = Path(__file__).with_name("allowed_names.txt")


def allowed(path: Path = _ALLOWED) -> frozenset[str]:
    """The capitalised words that several items may share, read from a file; # begins a comment."""
    lines = (line.partition("#")[0] for line in path.read_text(encoding="utf-8").splitlines())
    return frozenset(word for line in lines for word in line.split())


def repeated(texts_by_item: Mapping[str, Iterable[str]], allow: frozenset[str]) -> dict[str, list[str]]:
    """Map each name that occurs in more than one item to the ids of those items.

    texts_by_item: item id -> texts of the item. A word counts as a name if it is capitalised inside some sentence and is never
    written in lower case, so a name that is also a common word is missed. Uses at the start of a sentence count as well.
    """
    joined = {item: "\n".join(texts) for item, texts in texts_by_item.items()}
    common = {word for text in joined.values() for word in re.findall(r"\b[a-zà-ÿ]{3,}", text)}
    inside = {name for text in joined.values() for name in _INSIDE.findall(text)}
    names = {name for name in inside if name.lower() not in common} - allow
    items: dict[str, list[str]] = defaultdict(list)
    for item, text in joined.items():
        for name in names & set(re.findall(r"\b[A-Z][a-zà-ÿ]{2,}", text)):
            items[name].append(item)
    return {name: users for name, users in sorted(items.items()) if len(users) > 1}
