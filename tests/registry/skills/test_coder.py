"""The shipped coder: codes, behaviours, and when it abstains."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from counsel_leaderboard.registry.common.errors import ChecksumError, DataError
from counsel_leaderboard.registry.skills import weights
from counsel_leaderboard.registry.skills.card import card, shown_codes
from counsel_leaderboard.registry.skills.coder import allowed, shipped_coder
from counsel_leaderboard.registry.skills.codes import BAR_F1, CODES, FACTS

SLEEP = "I've been awake till three most nights since the clocks changed."
FOREIGN = (
    "Das ist wirklich schwer für dich, oder? Ich verstehe das gut.",
    "Cela doit être très difficile pour vous.",
    "Eso suena muy difícil para ti y tu familia.",
    "这听起来很难",
    "Это звучит очень тяжело.",
)


@pytest.mark.parametrize(
    ("text", "code", "behaviour"),
    [
        ("What do you make of it?", "open_question", "question"),
        ("Do you live alone?", "closed_question", "question"),
        ("Since the clocks changed you've been awake till three.", "reflection_simple", "reflection"),
        ("You should go to bed at the same time every night.", "advise_without_permission", "input"),
        ("If you carry on like this you will get ill.", "warn", "input"),
        ("Thank you for telling me this.", "support", "other"),
        ("Okay.", "grounding", "other"),
    ],
)
def test_plain_cases(text: str, code: str, behaviour: str) -> None:
    coded = shipped_coder().code(text, SLEEP)
    assert code in coded.codes
    assert coded.behaviour == behaviour
    assert set(coded.confidence) == set(coded.codes)


def test_a_text_has_the_codes_of_any_sentence_and_the_behaviour_of_the_surest() -> None:
    coded = shipped_coder().code("Okay. What happened then?", SLEEP)
    assert {"grounding", "open_question"} <= set(coded.codes)
    assert coded.behaviour == "question"
    assert list(coded.codes) == sorted(coded.codes, key=CODES.index)


def test_context_decides_whether_advice_has_permission() -> None:
    advice = "You could leave the phone in the kitchen."
    assert "persuade_with_permission" in shipped_coder().code(advice, "What can I do at night?").codes
    assert "advise_without_permission" in shipped_coder().code(advice, "I scroll all night and I hate it.").codes


@pytest.mark.parametrize("text", FOREIGN)
def test_another_language_is_not_coded(text: str) -> None:
    coded = shipped_coder().code(text)
    assert (coded.codes, coded.reason, coded.behaviour) == ((), "not English", None)


@pytest.mark.parametrize("text", ["", "  \n", "😀😀", "```\nprint(1)\n```", "..."])
def test_no_words_are_not_coded(text: str) -> None:
    coded = shipped_coder().code(text)
    assert (coded.codes, coded.reason, coded.behaviour) == ((), "no words", None)


def test_a_hundred_thousand_characters_are_read_and_the_rest_is_said_to_be_cut() -> None:
    text = "You feel alone with it. " * 5_000
    coded = shipped_coder().code(text, SLEEP * 5_000)
    assert coded.cut
    assert len(coded.sentences) == 100_000 // len("You feel alone with it. ") + 1


def test_many_at_once_are_coded_as_one_by_one() -> None:
    pairs = [("Okay. And then?", ""), ("", "Hi."), ("You miss her.", "She died in May.")]
    assert shipped_coder().code_all(pairs) == [shipped_coder().code(*pair) for pair in pairs]


def test_other_stands_alone_and_a_sentence_has_one_kind_of_reflection() -> None:
    threshold = dict.fromkeys(CODES, 0.4)
    by_code = {**dict.fromkeys(CODES, 0.0), "other": 0.9, "support": 0.8}
    assert allowed(by_code, threshold, "other") == ("other",)
    by_code = {**dict.fromkeys(CODES, 0.0), "reflection_simple": 0.5, "reflection_complex": 0.6, "support": 0.45, "other": 0.5}
    assert allowed(by_code, threshold, "reflection_complex") == ("reflection_complex", "support")


def test_codes_below_the_bar_are_not_shown() -> None:
    assert set(card()) >= set(CODES)
    assert {code for code in CODES if code not in shown_codes()} == {"inappropriate", "chit_chat", "confront"}
    assert all(card()[code]["f1"] >= BAR_F1 for code in shown_codes())
    assert {code for code in shown_codes() if FACTS[code].is_marked} == {
        "persuade_with_permission", "reflection_simple", "reflection_complex", "advise_without_permission", "warn",
    }  # fmt: skip


def test_the_shipped_file_is_small_and_is_the_recorded_one() -> None:
    recorded = json.loads(weights.RECORD.read_text(encoding="utf-8"))
    assert weights.SHIPPED.stat().st_size == recorded["bytes"] < 5_000_000
    assert weights.shipped().labels == CODES


def test_changed_weights_are_refused(tmp_path) -> None:
    changed = tmp_path / "coder.npz"
    changed.write_bytes(weights.SHIPPED.read_bytes()[:-1] + b"x")
    with pytest.raises(ChecksumError, match="SHA-256"):
        weights.recorded_weights(changed)


def test_other_bytes_are_no_weights(tmp_path) -> None:
    with pytest.raises(DataError, match="counsel skills train"):
        weights.load(tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"not weights")
    with pytest.raises(DataError, match="no weights of the coder"):
        weights.load(tmp_path / "bad.npz")


def test_the_coder_is_loaded_without_numpy_until_it_codes() -> None:
    """Tasks that do not use it pay for none of it."""
    script = "import sys, counsel_leaderboard.registry.skills.coder; print({'numpy', 'scipy', 'sklearn'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "set()\n"
