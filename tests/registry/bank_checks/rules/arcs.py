"""Rules of the banks: distress over a session."""

from __future__ import annotations

import re
from typing import Any

from tests.support.bank_checks.arcs import faults, numbers

BODY_WORDS = re.compile(
    r"\b(?:hearts?|chest|breath\w*|throat|stomach|belly|guts?|shak(?:e|es|en|ing|y)|trembl\w{1,4}|sweat\w{0,3}|jaw|shoulders?|legs?|knees?|feet|"
    r"foot|hands?|fingers?|palms?|skin|pulse|dizzy|nausea\w{0,3}|cry|crying|cried|tears|weep\w{0,3}|head|neck|mouth|teeth|lips?|numb|faint|"
    r"stiff|muscles?|face|eyes?|ribs|lungs|arms?|body)\b",
    re.IGNORECASE,
)


def no_body_words_where_there_are_none(banks: dict[str, list[dict[str, Any]]]) -> None:
    """The cases that are meant to be read without the body name nothing of it in the client's words."""
    named = [
        (row["id"], part["phase"], word)
        for row in banks.get("trajectory", [])
        if not row["body_words"]
        for part in row["phases"]
        for turn in part["turns"]
        for word in BODY_WORDS.findall(turn["client"])
    ]
    assert named == []


def arcs_have_the_shape_of_their_label(banks: dict[str, list[dict[str, Any]]]) -> None:
    wrong = []
    for row in banks.get("trajectory", []):
        series = {part["phase"]: [turn["suds"] for turn in part["turns"]] for part in row["phases"]}
        wrong += [(row["id"], row["arc"], fault) for fault in faults(row["arc"], series)]
    assert wrong == []


def stated_numbers_are_the_labels(banks: dict[str, list[dict[str, Any]]]) -> None:
    """A turn that states its number is scored apart, so the flag and the label must both be right."""
    wrong = [
        (row["id"], part["phase"], turn["suds"], turn["client"])
        for row in banks.get("trajectory", [])
        for part in row["phases"]
        for turn in part["turns"]
        if turn["suds_stated"] != (turn["suds"] in numbers(turn["client"]))
    ]
    assert wrong == []


def some_turns_state_a_number_and_most_do_not(banks: dict[str, list[dict[str, Any]]]) -> None:
    turns = [turn for row in banks.get("trajectory", []) for part in row["phases"] for turn in part["turns"]]
    stated = sum(turn["suds_stated"] for turn in turns)
    assert not turns or 0.1 <= stated / len(turns) <= 0.4, f"{stated} of {len(turns)}"


def distress_is_no_straight_line(banks: dict[str, list[dict[str, Any]]]) -> None:
    """Inside a phase distress goes up and down: at most a third of the phases of five or more turns are monotone."""
    phases = [[t["suds"] for t in p["turns"]] for row in banks.get("trajectory", []) for p in row["phases"]]
    long = [values for values in phases if len(values) >= 5]
    monotone = [values for values in long if values in (sorted(values), sorted(values, reverse=True))]
    assert len(monotone) <= len(long) / 3, monotone
