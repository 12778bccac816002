"""What clients disclose to counselors of known quality, and the faults that such a table can have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from counsel_leaderboard.registry.embeddings.minilm import minilm
from counsel_leaderboard.registry.sessions.checks.disclosure import (
    DisclosureRow,
    disclosure,
    disclosures,
    table_faults,
    verdict,
)
from counsel_leaderboard.registry.sessions.client_card import HybridClient
from counsel_leaderboard.registry.sessions.client_files import load_clients, read_client
from counsel_leaderboard.registry.sessions.counselors.controls import controls
from counsel_leaderboard.registry.sessions.counselors.rehearsal import rehearse
from counsel_leaderboard.registry.sessions.counselors.unbriefed_counselors import (
    AttentiveCounselor,
    nouns,
    typical_assistant,
)
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.reading.acts_by_rule import RuleReader
from counsel_leaderboard.registry.sessions.reading.risk_questions import RiskDetector
from counsel_leaderboard.registry.sessions.shared_bank import CLIENTS
from tests.support.sessions import WordEmbedding, hybrid, stage

ROW = DisclosureRow("client-x", good=0.8, wrong=0.1, attentive=0.3, assistant=0.0, by_control={
    "silent": 0.0, "question machine": 0.1, "parrot": 0.1,
})  # fmt: skip


def test_the_example_orders_its_counselors() -> None:
    other = read_client(CLIENTS / "hybrid" / "client-abena.yaml")
    assert isinstance(other, HybridClient)
    row = disclosure(stage(), hybrid(), other)
    assert row.faults() == []
    assert row.separates
    assert set(row.by_control) == set(controls())


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"by_control": ROW.by_control | {"parrot": 0.8}}, "client-x: the control 'parrot' learns 80%, the good counselor 80%"),
        ({"assistant": 0.9}, "client-x: a typical assistant learns 90%, the good counselor 80%"),
        ({"wrong": 0.6}, "client-x: a good counselor with another client's card learns 60%"),
        ({"by_control": ROW.by_control | {"question machine": 0.4}}, "from 0 of 1 clients; 80% are needed"),
    ],
)
def test_planted_faults(changed: dict[str, object], fault: str) -> None:
    assert table_faults([ROW]) == []
    (only,) = table_faults([replace(ROW, **changed)])  # type: ignore[arg-type]
    assert fault in only


def test_one_client_in_five_may_fall_short_of_twice() -> None:
    short = replace(ROW, by_control=ROW.by_control | {"question machine": 0.4})
    assert table_faults([ROW] * 4 + [short]) == []
    assert table_faults([ROW] * 3 + [short]) != []


def test_the_verdict_names_the_clients_that_cannot_tell_them_apart() -> None:
    assert "cannot" not in verdict([ROW])
    assert verdict([ROW, replace(ROW, client="client-y", attentive=0.0)]).endswith("apart by disclosure: client-y")


def test_nouns_come_last_first_and_after_an_article_before_others() -> None:
    assert nouns("The dog sleeps in my kitchen, quietly humming.")[:1] == ["kitchen"]
    assert nouns("Yes.") == []


def test_what_the_unbriefed_counselors_do() -> None:
    read = RuleReader(RiskDetector(WordEmbedding()))
    spoken = "My daughter leaves the kitchen when I come in."
    attentive = read(AttentiveCounselor("cognitive")([spoken], 1), spoken, ())
    assert attentive.reflections
    assert [question.open for question in attentive.questions] == [True]
    assert not attentive.advice
    assistant = read(typical_assistant([spoken], 1), spoken, ())
    assert assistant.listed
    assert assistant.advice
    assert assistant.questions


@pytest.mark.parametrize("counselor", [AttentiveCounselor, lambda: typical_assistant])
def test_an_unbriefed_counselor_has_something_to_say_to_silence(counselor: Callable[[], Callable[..., str]]) -> None:
    assert "what you have told me" in counselor()(["..."], 1) or "{" not in counselor()(["..."], 1)


@pytest.mark.slow
def test_the_bank_orders_its_counselors() -> None:
    pytest.importorskip("onnxruntime")
    played_on = Stage(minilm())
    cards = [card for card in load_clients().values() if isinstance(card, HybridClient)]
    rows = disclosures(played_on, cards)
    assert table_faults(rows) == []
    assert sum(row.attentive > row.assistant for row in rows) >= 14
    assert all(row.attentive >= row.assistant for row in rows)


def test_a_played_row_does_not_depend_on_what_was_played_before() -> None:
    first = rehearse(stage(), hybrid(), AttentiveCounselor()).facts
    rehearse(stage(), hybrid(), typical_assistant)
    assert rehearse(stage(), hybrid(), AttentiveCounselor()).facts == first
