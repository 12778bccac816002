"""Each flag, raised by what it is about and by nothing else."""

from __future__ import annotations

import datetime

import pytest

from counsel_leaderboard.registry.cards.catalog import card, cards
from counsel_leaderboard.registry.cards.flags import MEANING, names

DAY = datetime.date(2026, 11, 2)  # the toy card was checked on 2026-11-01


def licence(name, evidence="card"):
    return {"licence": {"text": {"name": name, "evidence": evidence}, "code": {"name": "MIT", "evidence": "file"}}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (licence("none", "none found"), ["no-licence"]),
        (licence("unknown", "unknown"), ["no-licence"]),
        (licence("MIT", "code"), ["licence-of-code"]),
        (licence("CC-BY-NC-4.0"), ["non-commercial"]),
        (licence("CC-BY-SA-4.0"), ["share-alike"]),
        (licence("CC-BY-NC-SA-3.0"), ["non-commercial", "share-alike"]),
        (licence("GPL-2.0-only"), ["share-alike"]),
        ({"origin": "scraped"}, ["scraped"]),
        ({"consent": {"basis": "public posts"}}, ["scraped"]),
        ({"access": "gated"}, ["gated"]),
        ({"access": "agreement"}, ["gated"]),
        ({"standing": "gone"}, ["moved"]),
        ({"standing": "moved"}, ["moved"]),
        ({"superseded_by": "other"}, ["moved"]),
        ({"checked": "2025-11-02"}, []),  # 365 days before
        ({"checked": "2025-11-01"}, ["stale"]),  # 366 days before
    ],
)
def test_flags_of_a_card(world, changes, expected):
    world.card(**changes)
    known = cards(world.cards)
    assert names(known["toy"], known, DAY) == expected
    assert set(expected) <= set(MEANING)


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"), [([], [], []), (["counsel_a"], [], ["overlap"]), ([], ["counsel_a"], ["overlap"])]
)
def test_an_overlap_is_flagged_where_a_task_uses_one_of_the_two(world, mine, theirs, expected):
    world.card(tasks=mine, overlaps=[{"dataset": "other", "kind": "same items", "note": "all"}])
    world.card("other", tasks=theirs)
    known = cards(world.cards)
    assert names(known["toy"], known, DAY) == expected


def test_an_overlap_with_a_collection_without_a_card_counts_too(world):
    world.card(tasks=["counsel_a"], overlaps=[{"dataset": "PsyQA", "kind": "derived text", "note": "all", "external": True}])
    assert names(card("toy", world.cards), {}, DAY) == ["overlap"]


def test_the_facts_that_matter_most_are_flagged_in_the_project():
    known = cards()
    raised = {name: set(names(dataset_card, known, datetime.date(2026, 11, 23))) for name, dataset_card in known.items()}
    assert {"non-commercial", "gated"} <= raised["thousand-voices-of-trauma"]
    assert "non-commercial" in raised["psychocounsel-preference"]
    assert {"no-licence", "scraped"} <= raised["openr1-psy"]
    assert "licence-of-code" in raised["counselchat"] & raised["mentalchat16k"] & raised["simpsydial"]
    assert "overlap" in raised["cpsycoune"] & raised["smile"]
    assert not any(raised[name] for name in raised if name.startswith("open-"))
    assert {name for name, dataset_card in known.items() if dataset_card.redistribute == "yes"} == {
        *(name for name in raised if name.startswith("open-")),
        *("llms-as-therapists", "llms-as-therapists-answers", "vera-mh", "invisiblebench"),
        "oncoco",
    }
