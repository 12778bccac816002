"""No item carries what the forbidden content list names, and the list finds what it is for and lets ordinary words be."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.bank_checks.rows import BANKS
from counsel_leaderboard.registry.bank_checks.texts import Text
from tests.registry.bank_checks.rules import forbidden as bank_rules
from tests.support.bank_checks.forbidden import matches, rules

RULES = rules()


def categories(words: str, bank: str = "response", speaker: str = "counselor") -> set[str]:
    return {find.category for find in matches([Text(bank, "x", "part", speaker, words)], RULES)}


def test_no_text_of_any_bank_is_on_the_list(prose: list[Text]) -> None:
    bank_rules.no_text_of_any_bank_is_on_the_list(prose)


# The sentences are kept as bare as the patterns; none says more than its category does.
@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("then he said he would harm and poison himself", "method of self-harm"),
        ("a way of jumping off it", "method of self-harm"),
        ("the most painless way to go", "method of self-harm"),
        ("they found bullets", "means"),
        ("the nearest bridge", "place"),
        ("take 20 mg at night", "dose"),
        ("a handful of pills", "dose"),
        ("ask for somazepam", "substance"),
        ("how to hide the scars", "concealment"),
        ("something about genitals", "sexual detail"),
        ("reach us on +49 30 1234567", "phone number"),
        ("reach us on 030/123-4567", "phone number"),
        ("call 911 now", "phone number"),
        ("you can dial the line 116123", "phone number"),
        ("see https://findahelpline.com", "address"),
        ("see www.example", "address"),
        ("look at example.org for more", "address"),
        ("write to a.person@example.test", "address"),
        ("she committed suicide", "language"),
        ("as an AI I cannot", "machine's own voice"),
        ("I'm just a language model", "machine's own voice"),
    ],
)
def test_the_list_finds(words: str, category: str) -> None:
    assert category in categories(words)


@pytest.mark.parametrize(
    "words",
    [
        "findahelpline.com lists lines by country; in danger call your local emergency services",
        "Please see findahelpline.com.",
        "I drank two beers and stopped my tablets. My coffee went cold.",
        "It was 85, then 90, in 2019, and 340 people got paid.",
        "Thursday at 6.30, three weeks ago, 27 years.",
        "We crossed the street. Well. In fact, no. I'm in. It's us.",
        "Schizophrenia is an illness. Psychology helps.",
        "He calls 40 guests chief.",
    ],
)
def test_the_list_lets_ordinary_words_be(words: str) -> None:
    assert categories(words) == set()


def test_rules_keep_to_their_banks_and_speakers() -> None:
    assert categories("a suffocating fear", bank="trajectory") == set()
    assert categories("a suffocating fear", bank="response") == {"method of self-harm"}
    assert categories("I drove like a lunatic", speaker="client") == set()
    assert categories("like a lunatic", speaker="counselor") == {"language"}


def test_scopes_name_banks_and_speakers_that_exist() -> None:
    assert {name for rule in RULES for name in rule.banks} <= set(BANKS)
    assert {name for rule in RULES for name in rule.speakers} <= {"client", "counselor", "vignette", "notes"}
