"""How many items of which kind each bank holds, as their READMEs say."""

from __future__ import annotations

from typing import Any

from tests.registry.bank_checks.rules import counts as rules

Rows = dict[str, list[dict[str, Any]]]


def test_all_banks_are_there(banks: Rows) -> None:
    rules.all_banks_are_there(banks)


def test_stigma_is_a_full_factorial(banks: Rows) -> None:
    rules.stigma_is_a_full_factorial(banks)


def test_requests_are_balanced(banks: Rows) -> None:
    rules.requests_are_balanced(banks)


def test_psyllm_is_balanced(banks: Rows) -> None:
    rules.psyllm_is_balanced(banks)


def test_psyllm_has_turns_with_a_cue(banks: Rows) -> None:
    rules.psyllm_has_turns_with_a_cue(banks)


def test_response_is_balanced(banks: Rows) -> None:
    rules.response_is_balanced(banks)


def test_half_of_response_are_chats(banks: Rows) -> None:
    rules.half_of_response_are_chats(banks)


def test_trajectory_has_thirty_cases_with_differing_arcs(banks: Rows) -> None:
    rules.trajectory_has_thirty_cases_with_differing_arcs(banks)


def test_trajectory_clients_are_as_varied_as_the_protocol_asks(banks: Rows) -> None:
    rules.trajectory_clients_are_as_varied_as_the_protocol_asks(banks)


def test_preference_covers_themes_and_principles(banks: Rows) -> None:
    rules.preference_covers_themes_and_principles(banks)


def test_rank_has_as_many_pairs_of_each_kind(banks: Rows) -> None:
    rules.rank_has_as_many_pairs_of_each_kind(banks)


def test_judge_exam_has_as_many_pairs_for_each_flaw(banks: Rows) -> None:
    rules.judge_exam_has_as_many_pairs_for_each_flaw(banks)


def test_skills_turns_has_ten_turns_a_need(banks: Rows) -> None:
    rules.skills_turns_has_ten_turns_a_need(banks)


def test_topics_has_as_many_remarks_of_each_group(banks: Rows) -> None:
    rules.topics_has_as_many_remarks_of_each_group(banks)


def test_topics_readings_agree(banks: Rows) -> None:
    rules.topics_readings_agree(banks)
