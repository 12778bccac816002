"""The published files give the figures of protocols/recorded.md; skipped where the mirror beside the repository is missing."""

from __future__ import annotations

from collections import defaultdict
from statistics import mean

import pytest

from counsel_leaderboard.registry import recorded
from counsel_leaderboard.registry.recorded import answer_files as reading
from counsel_leaderboard.registry.recorded import label_checks
from counsel_leaderboard.registry.recorded.response_answers import answer_of
from counsel_leaderboard.registry.recorded.response_items import items
from counsel_leaderboard.registry.recorded.schema import RecordedModel
from tests.support.paths import MIRROR

SOURCE = "llms-as-therapists"


@pytest.fixture(autouse=True)
def mirror(monkeypatch, tmp_path):
    if not (MIRROR / SOURCE).is_dir():
        pytest.skip(f"the published files are not here ({MIRROR})")
    monkeypatch.setenv("COUNSEL_MIRROR", str(MIRROR))
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path))


def right(answer: recorded.Answer, of: dict[str, str]) -> bool:
    return answer.verdict == of[answer.item]


def rights() -> dict[str, str]:
    """The right answer of each item: the therapists' file says it, and the model's bot file of the other question says "no"."""
    path, file = recorded.location(
        recorded.source(SOURCE), recorded.recording_of(model("Human-therapists"), "counsel_response")
    )
    given = {}
    for number, row in reading.rows(path, file):
        given[items()[answer_of(path, number, row).item].id] = str(row["verification_correct"]).strip().casefold()
    return given


def model(key: str) -> RecordedModel:
    return recorded.find(f"{SOURCE}/{key}")[2]


def macro(key: str) -> tuple[float, int]:
    """The mean over stimuli of the mean over replies that were given, and how many stimuli have one."""
    of = rights()
    usable, _ = recorded.comparable(f"{SOURCE}/{key}", "counsel_response")
    by_item = defaultdict(list)
    for answer in usable:
        if answer.reply is not None:
            by_item[answer.item].append(right(answer, of))
    return mean(mean(values) for values in by_item.values()), len(by_item)


@pytest.mark.parametrize(
    ("key", "value", "stimuli"),
    [
        ("Human-therapists", 0.9375, 10),
        ("gpt-4o-2024-08-06", 0.2857, 10),
        ("Llama-3.1-8B-Instruct", 2 / 9, 9),
        ("Noni-7cups", 3 / 9, 9),
        ("Serena", 5 / 9, 9),
        ("Character.AI-Therapist", 5 / 8, 8),
        ("Therapist-GPT-GPT-store", 0.6, 10),
        ("Pi", 0.5, 10),
    ],
)
def test_replies_to_the_bare_stimuli_give_the_published_shares(key, value, stimuli):
    assert macro(key) == (pytest.approx(value, abs=1e-4), stimuli)


def test_the_other_question_about_one_stimulus_is_another_item():
    for key, replies in (("Llama-3.1-8B-Instruct", 7), ("Character.AI-Therapist", 1)):
        usable, others = recorded.comparable(f"{SOURCE}/{key}", "counsel_response")
        assert list(others.values()) == [replies]
        assert not [answer for answer in usable if answer.item.startswith("god")]


@pytest.mark.parametrize(
    ("key", "whole", "bare"), [("gpt-4o-2024-08-06", 0.4543, 0.3182), ("Llama-3.1-8B-Instruct", 0.6914, 0.2273)]
)
def test_all_labels_of_a_file_add_up_as_published(key, whole, bare):
    path, file = recorded.location(recorded.source(SOURCE), recorded.recording_of(model(key), "counsel_response"))
    rows = [row for _, row in reading.rows(path, file)]
    flags = [row["gpt-4o-2024-08-06_classification"] == row["verification_correct"] for row in rows]
    first = [flag for flag, row in zip(flags, rows, strict=True) if row["message_number"] == 0]
    assert (len(flags), len(first)) == (350, 66)
    assert mean(flags) == pytest.approx(whole, abs=1e-4)
    assert mean(first) == pytest.approx(bare, abs=1e-4)


def test_two_people_checked_98_labels():
    (check,) = label_checks.checks(SOURCE)
    rows = label_checks.rows(check)
    assert len(rows) == 98
    assert {len(row.people) for row in rows} == {2}


def test_the_notice_is_read_from_the_licence_file():
    text = recorded.notice(recorded.source(SOURCE))
    assert text == (MIRROR / SOURCE / "LICENSE.md").read_text("utf-8").strip()
    assert text
