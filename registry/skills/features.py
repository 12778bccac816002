"""What the coder looks at: word and character n-grams of a sentence, words of the client's turn before, and its shape.

A feature is a string; its first letter names the block it belongs to. Each block is normalised by itself (`weights`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

BLOCKS = "wcps"
"""w: words of the sentence, c: character n-grams, p: the client's turn before, s: shape."""

CLIENT_CHARACTERS = 2_000
"""What is read of the client's turn: its end."""

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[?!…]|[.,;:](?=\s|$)")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})
_FILLER = re.compile(r"\b(?:u+m+|u+h+|e+r+m*|hm+)\b(?!-)[,.]?\s*", re.IGNORECASE)
_STUTTER = re.compile(r"\b([\w']+)(?:-+,? ?\1\b)+", re.IGNORECASE)
_DASHES = re.compile(r"\s{0,20}--+\s*|(?<=\w)-+(?=\s|$)|(?<!\w)-+(?=\w)")
_SUFFIX = re.compile(r"(?:ing|ed|es|s|ly|'s|'re|'ve|'m|'ll|'d)$")
_MIRROR = {"i": "you", "me": "you", "my": "your", "mine": "yours", "i'm": "you're", "i've": "you've", "myself": "yourself"}
_COMMON_TEXT = """
the a an and or but so to of in on at for with it it's its is are was were be been that that's this there i you your me my we
they he she him her them his their not no do don't does did have has had just like what how when if as about can will would
could get got all up out from by then than too very really know think i'm you're i've you've
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_ASKS_ADVICE = re.compile(
    r"\bwhat (?:should|can|could|do|would) (?:i|you|we)\b|\bshould i\b|\bany (?:advice|ideas?|tips?|suggestions?)\b"
    r"|\bhow (?:do|can|should|could) i\b|\bhelp me (?:with|to|find|figure|work)\b|\bwhat would you\b|\btell me what\b"
    r"|\b(?:yes|yeah|sure|okay|ok|please),? (?:please|go ahead|tell me)\b",
    re.IGNORECASE,
)


def normalise(text: str) -> str:
    """Lower case, plain quotes, and without what only speech has: fillers, stutters, broken-off dashes."""
    plain = _FILLER.sub("", text.translate(_QUOTES))
    plain = _DASHES.sub(" ", _STUTTER.sub(r"\1", plain))
    plain = re.sub(r"\d+", "0", plain)
    return re.sub(r"\s+", " ", plain).strip().lower()


def words(text: str) -> list[str]:
    """Words and marks of a normalised text."""
    return _TOKEN.findall(text)


class _ClientTurn(NamedTuple):
    """What is used of the client's turn before: its own features, its number of words, its stems seen from the other side."""

    features: tuple[str, ...]
    size: int
    stems: frozenset[str]


@lru_cache(maxsize=64)
def _client_turn(previous: str) -> _ClientTurn:
    """Cached, for each sentence of an answer asks for the same turn."""
    before = normalise(previous[-CLIENT_CHARACTERS:])
    client = words(before)
    names = ["p" + word for word in sorted(set(client[-25:]))]
    if _ASKS_ADVICE.search(before):
        names.append("pasks advice")
    if before.endswith("?"):
        names.append("sclient asks")
    return _ClientTurn(tuple(names), len(client), frozenset(_stems([_MIRROR.get(word, word) for word in client])))


def features(sentence: str, previous: str) -> list[str]:
    """The features of one sentence after the client's turn `previous`; a feature may come up more than once."""
    text = normalise(sentence)
    tokens, client = words(text), _client_turn(previous)
    return [*_word_grams(tokens), *_character_grams(text), *client.features, *_shape(text, tokens, client)]


def _word_grams(tokens: list[str]) -> Iterator[str]:
    framed = ["^", *tokens, "$"]
    for size in (1, 2, 3):
        for start in range(len(framed) - size + 1):
            yield "w" + " ".join(framed[start : start + size])
    for number in range(1, min(4, len(tokens) - 1) + 1):
        yield "wfirst:" + tokens[number - 1]


def _character_grams(text: str) -> Iterator[str]:
    for word in text.split():
        framed = f" {word} "
        for size in (3, 4, 5):
            for start in range(max(1, len(framed) - size + 1)):
                yield "c" + framed[start : start + size]


def _shape(text: str, tokens: list[str], client: _ClientTurn) -> Iterator[str]:
    spoken = [token for token in tokens if token[0].isalnum()]
    yield f"slength:{_bin(len(spoken), (1, 2, 4, 6, 9, 13, 18, 26))}"
    yield "sends:" + (text[-1] if text and text[-1] in "?!.…:," else "none")
    if "?" in text:
        yield "squestion mark"
    for name, person in (("you", "you"), ("i", "i"), ("we", "we")):
        count = sum(token.split("'")[0] in (person, person + "r") for token in spoken)
        yield f"s{name}:{min(count, 3)}"
    yield f"sclient:{_bin(client.size, (0, 3, 10, 25))}"
    own = _stems(spoken)
    shared = own & client.stems
    yield f"sshared:{min(len(shared), 4)}"
    yield f"sshare:{_bin(round(10 * len(shared) / len(own)) if own else 0, (0, 2, 4, 6, 8))}"


def _stems(tokens: Iterable[str]) -> set[str]:
    return {
        _SUFFIX.sub("", token) if len(token) > 4 else token for token in tokens if token[0].isalpha() and token not in _COMMON
    }


def _bin(count: int, edges: tuple[int, ...]) -> int:
    return sum(count > edge for edge in edges)
