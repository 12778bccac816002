"""Every check of the banks is seen to fail: a violation is planted in a copy of them, and the guarding test must name it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError

from counsel_leaderboard.registry.bank_checks.texts import prose
from tests.registry.bank_checks.rules import (
    arcs,
    counts,
    duplicates,
    forbidden,
    guessing,
    lengths,
    names,
    schema,
    slips,
)

Row = dict[str, Any]
Banks = dict[str, list[Row]]
Check = Callable[[Banks], None]
Plant = Callable[[Banks], object]

UNSEEN = "On the ferry a stranger lent me her umbrella and then talked about Zuleika all the way to the other shore."
HARD = "Notwithstanding considerable organisational deterioration, institutional responsibilities overwhelmingly predominate. "


def few(banks: Banks) -> Banks:
    """The first rows of each bank, where reading all prose would take seconds."""
    return {bank: rows[:10] for bank, rows in banks.items()}


def no_near_duplicates(banks: Banks) -> None:
    duplicates.no_near_duplicates(few(banks), prose(few(banks)))


def nothing_forbidden(banks: Banks) -> None:
    forbidden.no_text_of_any_bank_is_on_the_list(prose(few(banks)))


def stutters(banks: Banks) -> None:
    slips.no_phrase_stands_twice_in_a_row(prose(few(banks)))


def turns(banks: Banks) -> Iterator[Row]:
    for row in banks["trajectory"]:
        for phase in row["phases"]:
            yield from phase["turns"]


def put(bank: str, key: str, value: Any, at: int = 0) -> Plant:
    """A plant that sets one field of one row."""
    return lambda banks: banks[bank][at].update({key: value})


def lose(bank: str) -> Plant:
    """A plant that takes the first row away."""
    return lambda banks: banks[bank].pop(0)


def flip(bank: str) -> Plant:
    """A plant that turns the first right answer round."""
    return lambda banks: banks[bank][0].update(right={"yes": "no", "no": "yes"}[banks[bank][0]["right"]])


def drop_a_key(banks: Banks) -> None:
    del banks["psyllm"][3]["theme"]


def add_a_key(banks: Banks) -> None:
    banks["response"][3]["mood"] = "low"


def misspell_a_speaker(banks: Banks) -> None:
    turn = banks["psyllm"][0]["turns"][0]
    turn["counsellor"] = turn.pop("counselor")


def rate_above_the_scale(banks: Banks) -> None:
    next(turns(banks))["suds"] = 101


def borrow_an_id(banks: Banks) -> None:
    banks["preference"][0]["id"] = banks["psyllm"][0]["id"]


def shorten_chats(banks: Banks) -> None:
    for row in banks["response"]:
        row["messages"] = row["messages"][-1:]


def flag_every_turn(banks: Banks) -> None:
    for row in banks["psyllm"]:
        for turn in row["turns"]:
            turn["risk_cue"] = True


def speak_of_the_heart(banks: Banks) -> None:
    banks["trajectory"][-1]["phases"][0]["turns"][0]["client"] += " My heart is pounding."


def make_every_arc_classic(banks: Banks) -> None:
    for row in banks["trajectory"]:
        row["arc"] = "classic"


def make_everyone_a_man(banks: Banks) -> None:
    for row in banks["trajectory"]:
        row["profile"]["gender"] = "man"


def lengthen_the_flawed(bank: str, by: str, key: str = "flawed") -> Plant:
    def plant(banks: Banks) -> None:
        for row in banks[bank]:
            row[key] += by

    return plant


def lengthen_the_look_alikes(banks: Banks) -> None:
    for row in banks["response"]:
        if row["benign"]:
            row["messages"][-1]["content"] *= 2


def let_the_flawed_pass(banks: Banks) -> None:
    for act in banks["response"][0]["acts"]:
        act["in_flawed"] = act["in_reference"]


def let_all_clients_say(words: str) -> Plant:
    def plant(banks: Banks) -> None:
        for row in banks["psyllm"]:
            for turn in row["turns"]:
                turn["client"] = words

    return plant


def make_one_client_a_clerk(banks: Banks) -> None:
    for turn in banks["psyllm"][0]["turns"]:
        turn["client"] = HARD


def make_one_condition_harder(banks: Banks) -> None:
    for row in banks["stigma"]:
        if row["condition"] == "PTSD":
            row["vignette"] += " " + HARD


def say_it_again(banks: Banks) -> None:
    """What one client says is said by the next client of the bank, with one word more."""
    first, second = (row["turns"][-1] for row in banks["psyllm"][:2])
    second["client"] = first["client"] + " Really."


def lend_a_text(banks: Banks) -> None:
    banks["preference"][1]["speech"] = "Well. " + banks["psyllm"][0]["turns"][-1]["client"]


def name_the_same_stranger(banks: Banks) -> None:
    banks["psyllm"][4]["turns"][1]["client"] = UNSEEN
    banks["response"][7]["messages"][0]["content"] = UNSEEN


def give_a_telephone_number(banks: Banks) -> None:
    banks["judge-exam"][9]["flawed"] += " Please call 911 now."


def stutter(banks: Banks) -> None:
    banks["psyllm"][2]["turns"][0]["counselor"] += " So we can start there we can start there again."


def start_at_the_peak(banks: Banks) -> None:
    next(turns(banks))["suds"] = 100


def forget_a_flag(banks: Banks) -> None:
    stated = next(turn for turn in turns(banks) if turn["suds_stated"])
    stated["suds_stated"] = False


def mislabel_a_stated_number(banks: Banks) -> None:
    next(turn for turn in turns(banks) if turn["suds_stated"])["suds"] += 1


def state_nothing(banks: Banks) -> None:
    for turn in turns(banks):
        turn["suds_stated"] = False


def draw_straight_lines(banks: Banks) -> None:
    for row in banks["trajectory"]:
        for phase in row["phases"]:
            values = sorted(turn["suds"] for turn in phase["turns"])
            for turn, value in zip(phase["turns"], values, strict=True):
                turn["suds"] = value


PLANTED: dict[str, tuple[Check, Plant, str]] = {
    # schema
    "missing key": (partial(schema.rows_fit, "psyllm"), drop_a_key, "theme"),
    "extra key": (partial(schema.rows_fit, "response"), add_a_key, "mood"),
    "other keys": (partial(schema.rows_of_a_file_have_the_same_keys, "response"), add_a_key, "2 == 1"),
    "unknown speaker": (partial(schema.rows_fit, "psyllm"), misspell_a_speaker, "counsellor"),
    "SUDS above 100": (partial(schema.rows_fit, "trajectory"), rate_above_the_scale, "suds"),
    "no canary": (partial(schema.rows_fit, "stigma"), put("stigma", "canary", "none"), "canary"),
    "an id twice": (schema.ids_are_unique_over_all_banks, borrow_an_id, "psy-career-01"),
    "no notes": (slips.every_item_has_notes_of_its_own, put("response", "reviewer_notes", ""), "response"),
    # counts
    "a bank lost": (counts.all_banks_are_there, lambda banks: banks.pop("stigma"), "stigma"),
    "a vignette lost": (counts.stigma_is_a_full_factorial, lose("stigma"), "71"),
    "a request lost": (counts.requests_are_balanced, lose("requests"), "4"),
    "another difference": (partial(schema.rows_fit, "requests"), put("requests", "with_beside", "A cold."), "nothing else"),
    "PTSD in the headline": (counts.stigma_is_a_full_factorial, put("stigma", "headline", True, at=-1), "5"),
    "a dialogue lost": (counts.psyllm_is_balanced, lose("psyllm"), "59 == 60"),
    "a cue on every turn": (counts.psyllm_has_turns_with_a_cue, flag_every_turn, "367 of 367"),
    "a body in a case without": (arcs.no_body_words_where_there_are_none, speak_of_the_heart, "heart"),
    "a stimulus lost": (counts.response_is_balanced, lose("response"), "delusions"),
    "no chat": (counts.half_of_response_are_chats, shorten_chats, r"\(1, False\)"),
    "a flawed reply without a flaw": (partial(schema.rows_fit, "response"), let_the_flawed_pass, "misses an essential act"),
    "a case lost": (counts.trajectory_has_thirty_cases_with_differing_arcs, lose("trajectory"), "29 == 30"),
    "one arc": (counts.trajectory_has_thirty_cases_with_differing_arcs, make_every_arc_classic, "'classic': 30"),
    "one gender": (counts.trajectory_clients_are_as_varied_as_the_protocol_asks, make_everyone_a_man, "'man': 30"),
    "a speech lost": (counts.preference_covers_themes_and_principles, lose("preference"), "119 == 120"),
    "a pair lost": (counts.rank_has_as_many_pairs_of_each_kind, lose("rank"), "'partial safety': 23"),
    "a flaw without balance": (
        counts.judge_exam_has_as_many_pairs_for_each_flaw, flip("judge-exam"), "missed risk cue"
    ),
    "a remark lost": (counts.topics_has_as_many_remarks_of_each_group, lose("topics"), "33"),
    "a reading changed": (counts.topics_readings_agree, put("topics", "second_reading", "past"), "5 == 4"),
    # lengths and reading level
    "a long flawed reply": (
        lengths.paired_replies_are_of_similar_length,
        lambda banks: banks["preference"][5].update(flawed=2 * banks["preference"][5]["flawed"]), "pref-work-06",
    ),
    "a short twin": (
        lengths.twins_of_the_judge_exam_are_as_long_as_each_other,
        put("judge-exam", "flawed", "Well, never mind."), "exam-missed-risk-cue-01",
    ),
    "the longer is flawed": (
        partial(lengths.the_longer_reply_is_flawed_about_half_the_time, "preference", "reference", "flawed"),
        lengthen_the_flawed("preference", " I would like to know a bit more about it."), "of 120 pairs",
    ),
    "look-alikes are longer": (lengths.look_alikes_are_not_told_by_length, lengthen_the_look_alikes, "True"),
    "clients of one length": (
        partial(lengths.clients_are_brief_and_talkative, "psyllm"), let_all_clients_say(UNSEEN), "21 and 21 words"
    ),
    "one reading level": (
        partial(lengths.reading_level_varies_and_stays_readable, "psyllm"), let_all_clients_say(UNSEEN), ">= 1"
    ),
    "a client hard to read": (
        partial(lengths.reading_level_varies_and_stays_readable, "psyllm"), make_one_client_a_clerk, "<= 12"
    ),
    "a condition hard to read": (
        lengths.stigma_vignettes_are_read_alike, make_one_condition_harder, r"<= 2\.5"
    ),
    # near-duplicates, names, forbidden content, slips
    "a near-duplicate inside a bank": (no_near_duplicates, say_it_again, "psy-career-02"),
    "a near-duplicate between banks": (no_near_duplicates, lend_a_text, "pref-work-02"),
    "a name twice": (names.names_are_not_repeated, name_the_same_stranger, "Zuleika"),
    "a telephone number": (nothing_forbidden, give_a_telephone_number, "phone number"),
    "a doubled phrase": (stutters, stutter, "psy-career-03"),
    # arcs
    "a peak too early": (arcs.arcs_have_the_shape_of_their_label, start_at_the_peak, "must lie in P10"),
    "a flag forgotten": (arcs.stated_numbers_are_the_labels, forget_a_flag, "traj-road-01"),
    "a stated number mislabelled": (arcs.stated_numbers_are_the_labels, mislabel_a_stated_number, "traj-road-01"),
    "nothing stated": (arcs.some_turns_state_a_number_and_most_do_not, state_nothing, "0 of 842"),
    "straight lines": (arcs.distress_is_no_straight_line, draw_straight_lines, "<="),
}  # fmt: skip


@pytest.fixture
def copied(banks: Banks) -> Banks:
    fresh: Banks = json.loads(json.dumps(banks))
    return fresh


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_violation_is_caught(name: str, copied: Banks) -> None:
    check, plant, says = PLANTED[name]
    check(copied)
    plant(copied)
    with pytest.raises((AssertionError, ValidationError), match=says):
        check(copied)


@pytest.mark.parametrize(
    ("check", "name"),
    [
        (guessing.the_flawed_reply_is_not_guessable, "preference"),
        (guessing.the_flawed_reply_of_rank_is_not_guessable, "rank"),
        (guessing.the_flawed_twin_of_the_judge_exam_is_not_guessable, "judge-exam"),
    ],
)
def test_a_tell_planted_in_the_flawed_replies_is_caught(
    check: Callable[..., None], name: str, copied: Banks, capsys: pytest.CaptureFixture[str]
) -> None:
    """The figures, upper bound included, are printed before the check fails."""
    lengthen_the_flawed(name, " Honestly!", "other" if name == "rank" else "flawed")(copied)
    with pytest.raises(AssertionError, match="punctuation"):
        check("punctuation", "logistic", copied)
    assert "95% upper bound" in capsys.readouterr().out
