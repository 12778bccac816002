"""YAML of strangers is refused before it takes memory or time."""

from __future__ import annotations

import pytest
import yaml

from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.common.errors import CardError
from counsel_leaderboard.registry.common.untrusted.yaml_loader import DEEPEST, MOST_ALIASES, MOST_BYTES, load_bounded

LAUGHS = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))
HOSTILE = {
    "a few lines for gigabytes": LAUGHS,
    "an alias in what is repeated": "a: &a {b: 1}\nc: &c\n  d: {e: *a}\nf: *c\n",
    "a merge in what is repeated": "a: &a {b: 1}\nc: &c\n  <<: *a\nf: *c\n",
    "itself": "a: &a [*a]\n",
    "many aliases": "a: &a [1]\nb: [" + "*a, " * (MOST_ALIASES + 1) + "]\n",
    "deep lists": "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
    "very deep lists": "[" * 100_000,
    "deep objects": "".join("  " * level + "a:\n" for level in range(DEEPEST + 2)),
    "deep keys": "? " * (DEEPEST + 2) + "a",
    "a long text": "a: " + "x" * MOST_BYTES,
    "long in bytes alone": "a: " + "ä" * (MOST_BYTES // 2),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_over_a_limit_is_refused(name: str) -> None:
    with pytest.raises(yaml.YAMLError):
        load_bounded(HOSTILE[name])


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_card_is_an_error_in_words(tmp_path, name: str) -> None:
    (tmp_path / "toy.yaml").write_text(HOSTILE[name], encoding="utf-8")
    with pytest.raises(CardError, match="not readable YAML"):
        card("toy", tmp_path)


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_an_honest_text_is_read(loader: type) -> None:
    text = "a: &a [1, 2]\nb: *a\nc: {d: *a}\n"
    assert load_bounded(text, loader) == {"a": [1, 2], "b": [1, 2], "c": {"d": [1, 2]}}
    assert load_bounded(text.encode(), loader) == load_bounded(text, loader)
