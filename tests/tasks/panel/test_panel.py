"""Scripted candidates of known quality, through the tasks' own code."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.tasks.panel import label_judges
from counsel_leaderboard.tasks.panel.candidates import KEYS, AnswerKey
from counsel_leaderboard.tasks.panel.item_scores import PanelScorer, drawn
from counsel_leaderboard.tasks.panel.label_judges import UnknownReplyError


def mean(scorer: PanelScorer, share: float) -> float:
    return float(scorer.item_frame({"somebody": share})["value"].mean())  # type: ignore[arg-type]


# What a candidate gets that knows everything, and one that knows nothing. The reference ties with itself in preference; a
# letter by habit is right in one of two orders; the mean arc follows most sessions of this therapy.
ENDS = {
    "counsel_preference": (0.5, 0.0),
    "counsel_preference_rank": (1.0, 0.5),
    "counsel_requests": (0.0, 1.0),
    "counsel_stigma": (0.0, 1.0),
    "counsel_stigma_plain": (0.0, 1.0),
    "counsel_response": (1.0, 0.0),
    "counsel_psyllm": (1.0, 0.0),
}


@pytest.mark.parametrize("task", ENDS)
def test_the_ends_of_a_panel(task: str) -> None:
    scorer = PanelScorer(task, KEYS[task]())
    assert (mean(scorer, 1.0), mean(scorer, 0.0)) == pytest.approx(ENDS[task])


def test_the_mean_arc_is_the_floor_of_the_rating() -> None:
    scorer = PanelScorer("counsel_trajectory_rating", KEYS["counsel_trajectory_rating"]())
    assert mean(scorer, 1.0) == pytest.approx(1.0)
    assert 0.3 < mean(scorer, 0.0) < mean(scorer, 0.5) < 0.95


def test_every_task_of_the_overall_order_has_a_key() -> None:
    assert {name for name, info in catalog().items() if info.manifest.overall} <= KEYS.keys()


def test_what_one_candidate_knows_does_not_follow_from_another() -> None:
    units = [(f"item {number}", 0) for number in range(1000)]
    first, second = drawn(units, 0.8, "a"), drawn(units, 0.8, "b")
    assert len(first) == len(second) == 800
    assert first == drawn(list(reversed(units)), 0.8, "a")
    assert len(first & second) == pytest.approx(640, abs=40)


def test_a_candidate_may_know_whole_clusters_alone() -> None:
    scorer = PanelScorer("counsel_psyllm", KEYS["counsel_psyllm"]())
    by_case = scorer.item_frame({"somebody": 0.8}, whole_clusters=True).group_by("cluster").agg(alike=("value"))
    assert {len(set(values)) for values in by_case["alike"]} == {1}
    assert mean(scorer, 0.8) == pytest.approx(0.8, abs=0.01)


def asked(task: str, reply: str) -> tuple[AnswerKey, list[dict[str, object]]]:
    """What the judge of a panel says of a reply to the task's first document."""
    key = KEYS[task]()
    assert key.plan is not None
    assert key.judge is not None
    calls = key.plan.questions(key.items.docs[0], key.plan.read(reply))
    return key, [key.judge(call) for call in calls]


def test_a_judge_that_follows_labels_guesses_nothing() -> None:
    with pytest.raises(UnknownReplyError, match="the bank's labels say nothing"):
        asked("counsel_response", "A reply that no bank holds.")
    _, (verdict,) = asked("counsel_psyllm", "A reply that no bank holds.")
    assert {value for name, value in verdict.items() if name != "reason"} == {0}


def test_the_judge_of_pairs_sees_both_orders() -> None:
    key = KEYS["counsel_preference"]()
    flawed = key.answers(key.items.docs[0], [False])[0]
    assert [verdict["choice"] for verdict in asked("counsel_preference", flawed)[1]] == ["B", "A"]


def test_marks_do_not_count() -> None:
    assert label_judges.bare("“Well”,\nshe *said*.") == "well she said"
