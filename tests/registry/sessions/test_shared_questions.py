"""Plain questions to client-led sides: which shared question one is, and what the client says to it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml

from counsel_leaderboard.registry.sessions.client_card import LedClient, Register
from counsel_leaderboard.registry.sessions.client_files import ClientError, load_clients, read_client
from counsel_leaderboard.registry.sessions.engine.shared_questions import SharedQuestions
from counsel_leaderboard.registry.sessions.reading.question_forms import FORMS, YesNoKind, yes_no_kind
from counsel_leaderboard.registry.sessions.reading.question_wordings import WORDINGS, wording_of
from counsel_leaderboard.registry.sessions.shared_bank import CLIENTS, cbt_bank, put_off_bank, short_answer_bank, stock_bank
from tests.support.sessions import WordEmbedding, led, stage

ANOTHER_VIEW = "Could there be another explanation for the boxes?"
SAFETY_QUESTIONS = (
    "Are you safe?",
    "Are you safe where you are?",
    "Would you say that you are safe tonight?",
    "Is there any danger at the moment?",
    "Could somebody come to harm?",
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("How strongly do you believe that the ferry will sink?", "believe"),
        ("What would you say to a friend with the same boat?", "friend"),
        ("Who else knows about the ferry?", "who-knows"),
        ("When did the counting of gulls start?", "how-long"),
        ("What does steering at night cost you?", "gain-cost"),
        ("Would you be willing to leave the oars at home?", "willing"),
        ("What would it be like to row there on Sunday?", "imagine"),
        ("What did the harbor master say?", "they-said"),
        ("Could there be another explanation for the fog?", "other-view"),
        ("Can you tell me about the ferry?", ""),
        ("What happened on the ferry?", ""),
        ("Which color is the ferry?", None),
    ],
)
def test_a_wording_names_its_question_whatever_it_is_about(text: str, name: str | None) -> None:
    assert wording_of(text) == name


def test_every_wording_names_a_question_that_is_there() -> None:
    known = {"", *(question.id for question in stock_bank().questions), *(question.id for question in cbt_bank().questions)}
    assert {name for name, _ in WORDINGS} <= known
    assert len({question.id for question in stock_bank().questions} & {question.id for question in cbt_bank().questions}) == 0


def test_a_question_without_a_known_wording_goes_by_its_meaning() -> None:
    shared = SharedQuestions(WordEmbedding())
    paraphrase = next(q for q in stock_bank().questions if q.id == "sleep").paraphrases[0]
    assert wording_of(paraphrase) is None
    assert shared.meant(paraphrase) == "sleep"
    assert shared.nearest("The ferry is blue?").cosine < 0.7
    assert shared.meant("The ferry is blue?") is None


def test_a_turn_that_answers_is_said_now_and_every_turn_once() -> None:
    card = led()
    asked = next(turn for turn in card.turns[3:] if "other-view" in turn.answers)
    engine = stage().engine(card)
    first = engine.answer("What happened in the shop?")
    assert first.line == card.turns[0].text
    assert engine.answer(ANOTHER_VIEW).line == asked.text
    rest = [engine.answer("The ferry is blue.").line for _ in card.turns[2:]]
    assert sorted([first.line, asked.text, *rest]) == sorted(turn.text for turn in card.turns)
    assert engine.answer("The ferry is blue.").ended == "client"


def test_the_first_turn_is_never_passed_over() -> None:
    card = led()
    assert stage().engine(card).answer(ANOTHER_VIEW).line == card.turns[0].text


def test_an_answer_comes_before_the_due_turn_and_once() -> None:
    card = led()
    engine = stage().engine(card)
    engine.answer("What happened in the shop?")
    first, second = (engine.answer("How confident are you that you will do it?") for _ in range(2))
    assert (first.reaction, first.line) == (card.answers["confidence"], card.turns[1].text)
    assert second.reaction != card.answers["confidence"]
    assert second.line == card.turns[2].text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Have you painted the ferry?", "have you"),
        ("Do you row on Sundays?", "do you"),
        ("Does the harbor master row?", "do they"),
        ("Did you paint it?", "did you"),
        ("Has the harbor master painted it?", "did they"),
        ("Could it be the fog?", "could it"),
        ("Is there a second ferry?", "is there"),
        ("Are you a rower?", "are you"),
        ("When it is foggy, do you row?", "do you"),
        ("Could you tell me about the ferry?", None),
        ("What did you paint?", None),
    ],
)
def test_how_a_question_for_a_yes_or_a_no_begins(text: str, kind: YesNoKind | None) -> None:
    assert yes_no_kind(text) == kind


@pytest.mark.parametrize("register", get_args(Register))
def test_every_beginning_has_mild_answers(register: Register) -> None:
    for kind in get_args(YesNoKind):
        assert len(set(short_answer_bank().of(kind, register))) == 3, kind


def test_a_question_for_a_yes_or_a_no_gets_a_mild_answer_and_none_twice() -> None:
    card = led()
    mild = short_answer_bank().of("have you", card.profile.register_)
    engine = stage().engine(card)
    engine.answer("What happened in the shop?")
    given = [engine.answer(f"Have you painted the {color} ferry?").reaction for color in ("blue", "red", "gray", "green")]
    assert given == [*mild, ""]


def test_a_side_about_danger_says_no_mild_answer() -> None:
    card = next(card for card in load_clients().values() if isinstance(card, LedClient) and card.danger is not None)
    engine = stage().engine(card)
    given = [engine.answer(f"Have you painted the {color} ferry?").reaction for color in ("blue", "red", "gray")]
    assert not set(given) & set(short_answer_bank().of("have you", card.profile.register_))


@pytest.mark.parametrize("question", SAFETY_QUESTIONS)
def test_a_client_in_danger_who_is_asked_about_safety_answers_by_its_risk_card(question: str) -> None:
    cards = [card for card in load_clients().values() if isinstance(card, LedClient) and card.danger is not None]
    assert len(cards) >= 100
    for card in cards:
        put_off = {text for form in FORMS for text in put_off_bank().of(form, card.profile.register_)}
        move = stage().engine(card).answer(question)
        assert move.reaction == card.branches.risk.first, card.id
        assert move.reaction not in put_off, card.id


def test_sides_about_danger_keep_their_order() -> None:
    for card in load_clients().values():
        if isinstance(card, LedClient) and card.danger is not None:
            assert not card.answers, card.id
            assert not any(turn.answers for turn in card.turns), card.id


@pytest.mark.parametrize("where", ["card", "turn"])
def test_an_answer_to_a_question_that_is_not_there_is_refused_by_name(tmp_path: Path, where: str) -> None:
    content = yaml.safe_load((CLIENTS / "client-led" / "ctrs-yewande.yaml").read_text(encoding="utf-8"))
    if where == "card":
        content["answers"]["ferry-color"] = "Blue."
    else:
        content["turns"][2]["answers"] = ["ferry-color"]
    path = tmp_path / "ctrs-yewande.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ClientError, match="ferry-color, which no shared question is called"):
        read_client(path)
