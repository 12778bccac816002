"""What a client-led side about CBT says to an open question that its due turn does not answer."""

from __future__ import annotations

from typing import get_args

import pytest

from counsel_leaderboard.registry.sessions.client_card import LedClient, Register
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.engine.led_engine import PAST
from counsel_leaderboard.registry.sessions.reading.open_questions import OPEN_AIMS, OpenAim, open_aim
from counsel_leaderboard.registry.sessions.shared_bank import open_answer_bank
from tests.support.sessions import stage


@pytest.mark.parametrize(
    ("question", "aim"),
    [
        ("What do you think it was like for him?", "another's mind"),
        ("What would your mates say?", "another's mind"),
        ("What did Curtis do?", "another's words"),
        ("How did the hug make you feel?", "feeling"),
        ("Where does the link come from?", "origin"),
        ("Where did you learn that?", "origin"),
        ("What would you have wanted to say?", "words not spoken"),
        ("Would you go to the dinner?", "own will"),
        ("What could you do this week?", "would help"),
        ("How does that fit with the rule?", "fitting"),
        ("What's different about chess?", "difference"),
        ("Why send them?", "reason"),
        ("When was that?", "time"),
        ("And when it stopped?", "other"),
        ("What happened to your cousin?", "another's story"),
        ("What do you do in that second?", "own act"),
    ],
)
def test_what_an_open_question_is_after(question: str, aim: OpenAim) -> None:
    assert open_aim(question) == aim


@pytest.mark.parametrize("register", get_args(Register))
def test_every_aim_has_mild_answers_in_every_register(register: Register) -> None:
    for aim in OPEN_AIMS:
        texts = open_answer_bank().of(aim, register)
        assert len(set(texts)) == len(texts) >= 2, aim
    assert len(open_answer_bank().bridges_of(register)) == 3


def test_a_question_past_the_due_turn_gets_a_mild_answer_never_twice_and_the_rule_says_so() -> None:
    cards = [card for card in load_clients().values() if isinstance(card, LedClient) and card.series == "ctrs"]
    assert len(cards) == 21
    silent = list[str]()
    for card in cards:
        engine = stage().engine(card)
        moves = [engine.answer(f"Which submarine paint do {who} prefer?") for who in ("eels", "otters", "herons")]
        spoken = [move.reaction for move in moves if f"({PAST} " in move.rule]
        silent += [] if spoken else [card.id]
        assert len(spoken) == len(set(spoken)), card.id
    assert len(silent) <= 2, silent


def test_a_question_for_the_spot_in_the_body_is_answered_by_the_turn_about_the_body() -> None:
    engine = stage().engine(load_clients()["ctrs-marisol"])
    engine.answer("What happened?")
    move = engine.answer("Where do you feel it?")
    assert "answers the question" in move.rule
    assert move.reaction == ""


def test_a_first_try_asked_for_tomorrow_is_no_question_about_risk() -> None:
    engine = stage().engine(load_clients()["ctrs-nilufar"])
    engine.answer("What happened?")
    move = engine.answer('You could say, "I\'d like to try by myself first." How do you feel about trying that tomorrow?')
    assert "risk" not in move.rule
