"""Rules of the banks: how many items of which kind."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

from counsel_leaderboard.registry.bank_checks.rows import (
    BANKS,
    COURSES,
    DANGERS,
    FLAWS,
    NEEDS,
    PRINCIPLES,
    RANK_KINDS,
    REMARK_GROUPS,
    REPLY_STYLES,
    SYMPTOMS,
    TOPICS,
    VOICES,
)

Rows = dict[str, list[dict[str, Any]]]
PAIRS_A_FLAW = 24
ARCS = {"late_peak", "plateau", "setback", "partial_response"}


def all_banks_are_there(banks: Rows) -> None:
    assert set(banks) == set(BANKS)


def stigma_is_a_full_factorial(banks: Rows) -> None:
    """6 conditions x 3 x 3 x 2 = 108 cells, each once; 4 conditions (72 vignettes) are in the headline."""
    rows = banks["stigma"]
    conditions = {row["condition"]: row["headline"] for row in rows}
    assert sum(conditions.values()) == 4
    assert len(conditions) == 6
    assert Counter(row["headline"] for row in rows) == {True: 72, False: 36}
    cells = Counter(tuple(row[factor] for factor in ("condition", "education", "race", "gender")) for row in rows)
    levels = (("8th grade", "high school", "college"), ("White", "African American", "Hispanic"), ("man", "woman"))
    assert cells == Counter(product(conditions, *levels))
    assert len({row["vignette"] for row in rows}) == 108
    states = Counter((row["condition"], row["state"]) for row in rows)
    assert set(states.values()) == {6}
    assert len({row["story"] for row in rows}) == 54


def requests_are_balanced(banks: Rows) -> None:
    """Ten requests of each of four kinds, each with two of four conditions: five pairs of a condition and a kind."""
    rows = banks["requests"]
    assert set(Counter((row["kind"], row["condition"]) for row in rows).values()) == {5}
    assert set(Counter(row["request"] for row in rows).values()) == {2}
    assert Counter(row["kind"] for row in rows) == dict.fromkeys(("letter", "reference", "babysitting", "job"), 20)


def psyllm_is_balanced(banks: Rows) -> None:
    """60 cases over the topics; a third do not go along, a third are not articulate, and 15 have each style, at least."""
    rows = banks["psyllm"]
    topics, styles = Counter(row["topic"] for row in rows), Counter(row["style"] for row in rows)
    assert set(topics) == set(TOPICS)
    assert all(number in (6, 7) for number in topics.values()), topics
    assert len(rows) == 60
    assert min(styles[style] for style in REPLY_STYLES) >= 15, styles
    assert sum(row["course"] != "working" for row in rows) >= 20
    assert {row["course"] for row in rows} == set(COURSES)
    assert sum(row["voice"] != "articulate" for row in rows) >= 20
    assert {row["voice"] for row in rows} == set(VOICES)


def psyllm_has_turns_with_a_cue(banks: Rows) -> None:
    """Enough to score risk handling, and few enough that a turn is not one by habit."""
    turns = [turn for row in banks["psyllm"] for turn in row["turns"]]
    flagged = sum(turn["risk_cue"] for turn in turns)
    assert 0.1 <= flagged / len(turns) <= 0.3, f"{flagged} of {len(turns)}"


def response_is_balanced(banks: Rows) -> None:
    """Ten stimuli of each symptom, four of each other danger, and three look-alikes of each of the fourteen."""
    counts = Counter((row["kind"], row["benign"]) for row in banks["response"])
    expected = {(kind, False): 10 for kind in SYMPTOMS} | {(kind, False): 4 for kind in DANGERS}
    assert counts == expected | {(kind, True): 3 for kind in (*SYMPTOMS, *DANGERS)}


def half_of_response_are_chats(banks: Rows) -> None:
    """Chats of five or seven messages; the others are one message. Neither form gives a look-alike away."""
    lengths = Counter((len(row["messages"]), row["benign"]) for row in banks["response"])
    assert {length for length, _ in lengths} == {1, 5, 7}, lengths
    chats = {benign: lengths[5, benign] + lengths[7, benign] for benign in (False, True)}
    assert sum(chats.values()) == len(banks["response"]) / 2, chats
    assert 0.35 <= chats[True] / 42 <= 0.65, chats


def trajectory_has_thirty_cases_with_differing_arcs(banks: Rows) -> None:
    rows = banks["trajectory"]
    arcs = Counter(row["arc"] for row in rows)
    assert len(rows) == 30
    assert sum(not row["body_words"] for row in rows) == 10
    assert all(arcs[arc] >= 2 for arc in ARCS), arcs
    assert len({row["trauma_type"] for row in rows}) >= 8


def trajectory_clients_are_as_varied_as_the_protocol_asks(banks: Rows) -> None:
    """Protocol: 18-80, about 49% men, 44% women, 6% non-binary; with 30 cases one case is 3 points."""
    profiles = [row["profile"] for row in banks["trajectory"]]
    ages = sorted(profile["age"] for profile in profiles)
    genders = Counter(profile["gender"] for profile in profiles)
    assert ages[0] <= 30
    assert ages[-1] >= 65
    assert min(genders["man"], genders["woman"]) >= 7, genders
    assert sum(genders.values()) - genders["man"] - genders["woman"] >= 1, genders
    assert len({profile["occupation"] for profile in profiles}) >= 18


def preference_covers_themes_and_principles(banks: Rows) -> None:
    rows = banks["preference"]
    principles = Counter(row["principle"] for row in rows)
    assert len(rows) == 120
    assert len({row["theme"] for row in rows}) >= 8
    assert all(principles[name] >= 10 for name in PRINCIPLES), principles


def rank_has_as_many_pairs_of_each_kind(banks: Rows) -> None:
    """24 pairs of each flaw, 60 of two sound replies; a speech serves at most one pair of either sort."""
    rows = banks["rank"]
    *flaws, sound = RANK_KINDS
    assert Counter(row["kind"] for row in rows) == dict.fromkeys(flaws, 24) | {sound: 60}
    assert max(Counter((row["speech_id"], row["kind"] == sound) for row in rows).values()) == 1
    assert len({row["speech"] for row in rows}) == len({row["speech_id"] for row in rows}) == 240
    assert len({row["theme"] for row in rows}) >= 8


def topics_has_as_many_remarks_of_each_group(banks: Rows) -> None:
    """34 remarks of each of the eight groups, and 28 of none."""
    groups = Counter(row["group"] for row in banks["topics"])
    assert groups == dict.fromkeys(REMARK_GROUPS, 34) | {"other": 28}


def topics_readings_agree(banks: Rows) -> None:
    """As its README says: 296 of 300; a row whose readings differ says so."""
    differ = [row for row in banks["topics"] if row["group"] != row["second_reading"]]
    assert len(differ) == 4
    assert all(row["second_reading"] in row["reviewer_notes"] for row in differ)


def judge_exam_has_as_many_pairs_for_each_flaw(banks: Rows) -> None:
    """Half of the right answers of each flaw are yes, so that a judge that always says one thing passes no flaw."""
    expected = {(flaw, right): PAIRS_A_FLAW // 2 for flaw in FLAWS for right in ("yes", "no")}
    assert Counter((row["flaw"], row["right"]) for row in banks["judge-exam"]) == expected


def skills_turns_has_ten_turns_a_need(banks: Rows) -> None:
    assert Counter(row["need"] for row in banks["skills-turns"]) == dict.fromkeys(NEEDS, 10)
