"""counsel_skills: profiles of scripted counselors against what their scripts imply, and replies that cannot be counted."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.registry.skills.card import shown_codes
from counsel_leaderboard.runners.engines.controls.scripts import LECTURE, QUESTIONS, WARM
from counsel_leaderboard.tasks.common.aggregate import items
from counsel_leaderboard.tasks.counsel_skills.task import documents, process_results, reflection_question_ratio


@pytest.fixture(scope="module")
def docs():
    return documents().docs


def profile(docs, answer):
    """The task's metrics when each document gets `answer(doc)`."""
    results = [process_results(doc, [answer(doc)]) for doc in docs]
    names = {name for result in results for name in result}
    records = {name: [result[name] for result in results if name in result] for name in names}
    combined = {name: items(values) for name, values in records.items() if name != "reflection_question_ratio"}
    return combined | {"reflection_question_ratio": reflection_question_ratio(records.get("reflection_question_ratio", []))}


def test_the_question_machine(docs) -> None:
    """Three questions of three sentences, two of them open: no reflection, nothing else."""
    metrics = profile(docs, lambda doc: QUESTIONS)
    assert metrics["reflection_question_ratio"] == pytest.approx(0, abs=0.05)
    assert metrics["per_100_open_question"] == pytest.approx(200 / 3, abs=3)
    assert metrics["per_100_closed_question"] == pytest.approx(100 / 3, abs=3)
    assert metrics["share_open"] == pytest.approx(2 / 3, abs=0.03)
    assert metrics["inconsistent_rate"] == pytest.approx(0, abs=3)
    assert metrics["words_a_reply"] == 14


def test_the_lecture(docs) -> None:
    """Four sentences of advice, warning and order: all against motivational interviewing where nobody asked, no question."""
    metrics = profile([doc for doc in docs if doc["stratum"] != "asks for advice"], lambda doc: LECTURE)
    assert metrics["inconsistent_rate"] >= 85
    assert metrics["per_100_warn"] == pytest.approx(25, abs=3)
    assert metrics["per_100_open_question"] == 0
    assert metrics["reflection_question_ratio"] is None


def test_the_template(docs) -> None:
    """Four sentences: thanks, a reflection with comfort, comfort, and an open question."""
    metrics = profile(docs, lambda doc: WARM)
    assert metrics["per_100_open_question"] == pytest.approx(25, abs=3)
    assert metrics["per_100_support"] >= 45
    assert metrics["reflection_question_ratio"] == pytest.approx(1, abs=0.1)
    assert metrics["words_a_reply"] == len(WARM.split())


def test_the_echo(docs) -> None:
    """The client's own words again share everything with the client: the counselor that reflects most simply of all four."""
    echo = profile(docs, lambda doc: doc["client"])["per_100_reflection_simple"]
    others = [profile(docs, lambda doc, text=text: text)["per_100_reflection_simple"] for text in (QUESTIONS, LECTURE, WARM)]
    assert echo >= 20
    assert echo > max(others)


@pytest.mark.parametrize(
    ("answer", "rates"),
    [
        ("", {"answered_rate": 0.0, "failed_rate": 0.0}),
        (NOT_GENERATED, {"answered_rate": 0.0, "failed_rate": 1.0}),
        ("<think>hm", {"answered_rate": 0.0, "truncated_rate": 1.0}),
        ("😀", {"answered_rate": 1.0, "failed_rate": 0.0}),
        ("Das ist wirklich schwer für dich, oder? Ich verstehe das gut.", {"answered_rate": 1.0}),
    ],
)
def test_what_cannot_be_counted_has_no_value(docs, answer: str, rates: dict[str, float]) -> None:
    metrics = process_results(docs[0], [answer])
    assert metrics["scored_rate"] == 0
    assert "inconsistent_rate" not in metrics
    assert rates.items() <= metrics.items()


def test_the_manifest_has_the_codes_that_are_shown_and_orders_nothing() -> None:
    manifest = catalog()["counsel_skills"].manifest
    assert manifest.metrics["per_100"].by == shown_codes()
    assert not manifest.ranked
    assert not manifest.overall


def test_the_turns_are_balanced_over_needs_and_the_coder_is_recorded() -> None:
    loaded = documents()
    assert len(loaded.docs) == 120
    assert len({doc["stratum"] for doc in loaded.docs[:12]}) == 12
    assert len(loaded.record["coder"]) == 12
