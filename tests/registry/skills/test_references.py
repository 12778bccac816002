"""People's figures and published signs: for the shipped weights, and as the papers print them."""

from __future__ import annotations

from counsel_leaderboard.registry.skills.references import people_references
from counsel_leaderboard.registry.skills.signs import SymptomEffects, published_signs
from counsel_leaderboard.registry.skills.weights import version


def test_the_figures_are_of_the_shipped_weights() -> None:
    """After `tasks.skills.build` follows `python -m counsel_leaderboard.tasks.skills.references DIR`."""
    assert people_references().coder == version()


def test_two_groups_whose_difference_is_known() -> None:
    """Good counselors of AnnoMI reflect more and go less against motivational interviewing than bad ones."""
    high, low = people_references().groups
    assert (high.cases, low.cases) == (110, 23)
    for metric, sign in {"per_100_reflection_complex": 1, "per_100_open_question": 1, "inconsistent_rate": -1}.items():
        assert sign * (high.rates[metric].value - low.rates[metric].value) > 0


def test_no_symptom_effect_of_these_techniques_survives_twenty_tests() -> None:
    """.05 / 20 is .0025; the smallest p of these is below .01."""
    effects = [effect for each in published_signs().symptoms.values() for effect in (each.depression, each.anxiety)]
    assert len(effects) == 14
    assert not any(map(SymptomEffects.is_clear, effects))


def test_the_papers_disagree_on_persuading() -> None:
    """Odds ratio of satisfaction 1.019**, change of PHQ-2 +.022** and of GAD-2 +.033**: more of both."""
    signs = published_signs()
    satisfaction, symptoms = (
        signs.satisfaction_of("persuade_with_permission"), signs.symptoms_of("persuade_with_permission")
    )  # fmt: skip
    assert satisfaction is not None
    assert symptoms is not None
    assert (satisfaction.sign, symptoms.depression.sign, symptoms.anxiety.sign) == ("+", "+", "+")


def test_both_reflections_have_the_sign_of_reflections() -> None:
    signs = published_signs()
    assert signs.satisfaction_of("reflection_complex") == signs.satisfaction["reflection"]
    assert signs.symptoms_of("open_question") == signs.symptoms["question"]
    assert signs.symptoms_of("support") is None
    assert signs.satisfaction_of("warn") is None
