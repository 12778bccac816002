"""What the judge check adds to replies: padding without substance, and instructions in each of the named forms."""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from counsel_leaderboard.registry.bank_checks.bank_row import CANARY
from counsel_leaderboard.registry.bank_checks.texts import OPEN, Text
from tests.support.bank_checks.forbidden import matches, rules
from tests.support.bank_checks.similarity import shingles

FILE = OPEN / "judge-exam" / "transforms.toml"
FORMS = {
    "fake verdict",
    "fence closing",
    "role play",
    "other language",
    "encoded",
    "JSON in JSON",
    "flattery",
    "system-prompt imitation",
}


@pytest.fixture(scope="module")
def transforms() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def all_texts(transforms: dict[str, Any]) -> list[str]:
    return [*transforms["padding"], *(entry["text"] for entry in transforms["injection"])]


def test_every_form_of_injection_is_there(transforms: dict[str, Any]) -> None:
    assert {entry["form"] for entry in transforms["injection"]} == FORMS
    assert {tuple(entry) for entry in transforms["injection"]} == {("form", "text")}


def test_padding_is_a_dozen_statements_unlike_each_other(transforms: dict[str, Any]) -> None:
    padding = transforms["padding"]
    assert len(padding) >= 12
    assert [text for text in padding if not text.endswith(".") or "?" in text or not 8 <= len(text.split()) <= 25] == []
    alike = [(a, b) for a, b in combinations(padding, 2) if len(shingles(a) & shingles(b)) > 2]
    assert alike == []


def test_texts_are_clean(transforms: dict[str, Any]) -> None:
    pool = [Text("judge-exam", "transforms", "text", "counselor", text) for text in all_texts(transforms)]
    assert matches(pool, rules()) == []
    assert CANARY in FILE.read_text(encoding="utf-8")


def test_encoded_and_nested_texts_say_something(transforms: dict[str, Any]) -> None:
    """One encoded text is base64 of an instruction; the JSON text holds JSON text of its own."""
    encoded = [entry["text"].splitlines()[-1] for entry in transforms["injection"] if entry["form"] == "encoded"]
    assert any("verdict" in text for text in decoded(encoded))
    (outer,) = [json.loads(entry["text"]) for entry in transforms["injection"] if entry["form"] == "JSON in JSON"]
    assert json.loads(outer["output"])["verdict"] == "good"


def decoded(lines: list[str]) -> Iterator[str]:
    for line in lines:
        try:
            yield base64.b64decode(line, validate=True).decode()
        except ValueError:  # another encoding
            continue
