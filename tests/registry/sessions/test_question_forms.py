"""The form of a question, and what a client-led side says to one that its turn does not answer."""

from __future__ import annotations

from typing import get_args

import pytest

from counsel_leaderboard.registry.sessions.client_card import LedClient, Register
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.reading.question_forms import FORMS, QuestionForm, could_answer, question_form
from counsel_leaderboard.registry.sessions.shared_bank import put_off_bank
from tests.support.sessions import stage

REGISTERS: tuple[Register, ...] = get_args(Register)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("When did the nightmares start?", "when"),
        ("When your landlord shouts, who hears it?", "who"),
        ("Does anybody at the allotment know?", "who"),
        ("How many cigarettes is that in an evening?", "scale"),
        ("On a scale from zero to ten, where is the pain?", "scale"),
        ("And how long does the quiet last?", "scale"),
        ("Where were the children?", "where"),
        ("Did you open the letter?", "yes or no"),
        ("Would you be willing to leave the lamp on tonight?", "willing"),
        ("What do you make of his silence?", "opinion"),
        ("Where in your body do you notice that?", "feeling"),
        ("What did you feel on the stairs?", "feeling"),
        ("What evidence is there that they laugh at you?", "evidence"),
        ("Why did you sell the boat?", "why"),
        ("Did I get that right?", "summary"),
        ("What would you like to talk about today?", "agenda"),
        ("What went through your mind at the till?", "thought"),
        ("What would help you to feel at home there?", "other"),
        ("Which bus do you take?", "other"),
        ("Would you like to tell me about the flood?", "other"),
        ("Which day feels right for it?", "other"),
    ],
)
def test_the_form_of_a_question(text: str, form: QuestionForm) -> None:
    assert question_form(text) == form


@pytest.mark.parametrize(
    ("form", "line", "able"),
    [
        ("when", "It began in March.", True),
        ("when", "The cellar smells of apples.", False),
        ("who", "My sister knows.", True),
        ("who", "The cellar smells of apples.", False),
        ("scale", "Twenty a day.", True),
        ("scale", "The cellar smells.", False),
        ("where", "At the harbor.", True),
        ("why", "The cellar smells of apples.", True),
    ],
)
def test_what_could_answer_a_form(form: QuestionForm, line: str, able: bool) -> None:
    assert could_answer(form, line) is able


@pytest.mark.parametrize("register", REGISTERS)
def test_every_form_has_words_that_put_it_off(register: Register) -> None:
    for form in FORMS:
        texts = put_off_bank().of(form, register)
        assert len(texts) == len(set(texts)) >= 5, form


def test_a_side_about_danger_puts_off_a_question_past_the_due_turn_by_its_form_and_never_twice_the_same() -> None:
    cards = [card for card in load_clients().values() if isinstance(card, LedClient) and card.series != "ctrs"]
    assert {card.series for card in cards} >= {"crisis", "drift"}
    for card in cards:
        engine = stage().engine(card)
        animals = ("giraffes", "otters", "herons", "lynxes", "newts")
        asked = [f"Which submarine paint do {animals[number % 5]} prefer?" for number in range(len(card.turns))]
        moves = [engine.answer(question) for question in asked]
        spoken = [move.reaction for move, turn in zip(moves, card.turns, strict=True) if move.reaction and not turn.lead_ins]
        assert spoken, card.id
        assert len(spoken) == len(set(spoken)), card.id
        assert set(spoken) <= set(put_off_bank().of("other", card.profile.register_)), card.id
