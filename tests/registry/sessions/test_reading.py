"""Reading a counselor's turn: reflections, questions, advice, odd turns, and the detector of risk questions."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.sessions.reading.acts_by_coder import CodedReader
from counsel_leaderboard.registry.sessions.reading.counselor_acts import CounselorActs
from counsel_leaderboard.registry.sessions.reading.risk_questions import (
    follow_up_key,
    held_out_figures,
    read_phrasings,
    risk_key,
)
from tests.support.sessions import WordEmbedding, stage

CLIENT = "I lie awake and look at the ceiling. My wife says I bark at everybody."


def read(text: str, *earlier: str) -> CounselorActs:
    return stage().read(text, CLIENT, earlier)


def test_a_statement_that_shares_words_is_a_reflection() -> None:
    acts = read("So you lie awake and look up at that ceiling. What goes through your mind?")
    assert acts.reflections == ("So you lie awake and look up at that ceiling.",)
    assert [(question.text, question.open) for question in acts.questions] == [("What goes through your mind?", True)]


@pytest.mark.parametrize("text", ["You lie awake, right?", "Your wife minds the barking, doesn't she? You lie awake."])
def test_a_tag_question_is_a_reflection(text: str) -> None:
    assert read(text).reflections


def test_an_echo_is_no_reflection() -> None:
    assert not read(CLIENT).reflections


def test_warmth_alone_is_no_reflection() -> None:
    acts = read("That sounds really hard. Thank you for sharing that with me.")
    assert (acts.reflections, acts.warmth) == ((), True)


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("How long has it been?", False),
        ("Do you sleep?", False),
        ("What is it like?", True),
        ("I wonder, what is it like?", True),
    ],
)
def test_open_and_closed(text: str, is_open: bool) -> None:
    assert read(text).questions[-1].open is is_open


def test_advice_and_lists() -> None:
    assert read("You should try tea. Make a list of worries.").advice == 2
    assert read("1. Walk daily\n2. Drink tea").listed
    assert read("Would you like a suggestion?").advice == 0


@pytest.mark.parametrize("text", ["Tell me more.", "Go on.", "Can you tell me more about that?"])
def test_prompts(text: str) -> None:
    assert read(text).prompt


@pytest.mark.parametrize(
    ("text", "odd"),
    [("", "silence"), ("...", "silence"), ("\u4f60\u597d\u5417\u4f60\u597d", "nonsense"), ("xkjd qwrt zzpt", "nonsense"),
     ("Client: I am sad", "wrong role"), ("What is it like for you?", "same again")],
)  # fmt: skip
def test_odd_turns(text: str, odd: str) -> None:
    assert read(text, "What is it like for you?").odd == odd


def test_a_coder_takes_over_questions_reflections_and_advice() -> None:
    codes = {"Alpha beta.": {"reflection_simple": 0.9}, "Gamma delta.": {"advise_without_permission": 0.8}}
    reader = CodedReader(stage().read, lambda sentence, _previous: codes.get(sentence, {}), "a coder")
    acts = reader("Alpha beta. Gamma delta.", CLIENT, ())
    assert (acts.reflections, acts.advice) == (("Alpha beta.",), 1)
    assert reader.name.endswith("with a coder")


def test_phrasings_are_many_and_apart() -> None:
    phrasings = read_phrasings()
    assert len(phrasings.asks) >= 150
    assert len(phrasings.near) >= 150
    assert not set(phrasings.asks) & set(phrasings.near)


def test_figures_are_of_phrasings_that_were_not_seen() -> None:
    figures = held_out_figures(WordEmbedding())
    assert (figures.asks, figures.near) == (len(read_phrasings().asks), len(read_phrasings().near))
    assert figures.caught < figures.asks
    assert figures == held_out_figures(WordEmbedding())


@pytest.mark.parametrize(
    ("text", "key"),
    [("Do you have a plan?", "plan"), ("What stops you?", "stops"), ("Are you safe tonight?", "tonight"), ("Is it so?", None)],
)
def test_keys(text: str, key: str | None) -> None:
    assert risk_key(text) == key


@pytest.mark.parametrize(
    "text",
    [
        "What has helped you in the past?", "What helped you get through times like this before?",
        "What has got you through hard times before?", "What have you tried that eased it?",
        "When you felt this low before, what made it a bit better?", "Which people have supported you in the past?",
    ],
)  # fmt: skip
def test_what_has_helped_asks_for_no_past_attempt(text: str) -> None:
    assert follow_up_key(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Have you tried before?", "Did you ever attempt it?", "Has that happened in the past?", "When was the last time?",
        "Have you acted on it before?",
    ],
)  # fmt: skip
def test_what_was_tried_asks_for_a_past_attempt(text: str) -> None:
    assert follow_up_key(text) == "past"


@pytest.mark.parametrize(
    "text",
    [
        "What would you wish for?", "What would you wish for if you could change one thing?",
        "If you had one wish, what would you wish for if you could have anything?", "Take a moment: what would you wish for?",
        "What would you wish for, if it could be otherwise? Take your time.", "What do you wish you could say to her?",
        "What would you need to feel safer at home?",
    ],
)  # fmt: skip
def test_a_question_for_a_wish_is_no_advice(text: str) -> None:
    acts = read(text)
    assert acts.advice == 0
    assert acts.questions


@pytest.mark.parametrize(
    "text",
    [
        "You could write to her.", "You need to rest.", "What about a walk? You should try to sleep.", "How about a walk?",
        "Maybe you could talk to somebody?", "Take a walk every day.", "What if you could just write it down?",
    ],
)  # fmt: skip
def test_what_a_client_should_do_is_advice(text: str) -> None:
    assert read(text).advice
