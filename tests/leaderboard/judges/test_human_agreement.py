"""Agreement with people against values derived by hand, and what a card and its pages say of it. All ratings are made up."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from scipy import stats

from counsel_leaderboard.leaderboard.judges.card import CARD_VERSION, FILE_NAME, NO_HUMANS, cards, issue, rated_replies_file
from counsel_leaderboard.leaderboard.judges.card_text import card_text
from counsel_leaderboard.leaderboard.judges.human_agreement import FEWEST_CLUSTERS, Agreement, agreement
from counsel_leaderboard.leaderboard.judges.human_ratings import ReplyRatings
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.leaderboard.judges.qualification.exam_run import ExamError
from counsel_leaderboard.leaderboard.statistics.agreement import krippendorff_alpha
from counsel_leaderboard.space.views import judge_cards
from counsel_leaderboard.space.views.judges import html
from tests.space.views.test_judge_cards import NOBODY
from tests.tasks.exam.scripted_judges import Perfect

HEAD = {
    "set": "a made-up set", "licence": "made up for this test", "sha256": "sha256:0123456789abcdef", "raters": 2,
    "calls": 3, "unread": 0, "prompt_tokens": 1, "completion_tokens": 1,
}  # fmt: skip


def lines(
    rated: Sequence[tuple[Sequence[float], float | None]], task: str = "counsel_response", name: str = "answer"
) -> list[ReplyRatings]:
    return [
        ReplyRatings(
            task=task, line=place, cluster=place, ratings=tuple({name: one} for one in ratings),
            verdict=None if verdict is None else {name: verdict},
        )
        for place, (ratings, verdict) in enumerate(rated)
    ]  # fmt: skip


def found(rated: Sequence[tuple[Sequence[float], float | None]]) -> Agreement:
    return agreement("counsel_response", "answer", lines(rated))


def test_both_alphas_by_hand() -> None:
    # Two people on three replies: (1, 1), (0, 0), (0, 1); the judge says 1, 0, 0.
    # People: coincidences 11: 2, 00: 2, 01: 1, 10: 1; margins 3 and 3 of 6. Observed 2; expected 2 * 3 * 3 / 5 = 3.6.
    # Judge with each person, six units of two: (1,1) twice, (0,0) twice, (0,0) and (0,1). Coincidences 11: 4, 00: 6,
    # 01: 1, 10: 1; margins 7 and 5 of 12. Observed 2; expected 2 * 7 * 5 / 11 = 70 / 11.
    one = found([((1, 1), 1), ((0, 0), 0), ((0, 1), 0)])
    assert one.people.value == pytest.approx(1 - 2 / 3.6)
    assert one.judge.value == pytest.approx(1 - 2 / (70 / 11))
    assert (one.level, one.n, one.n_missing) == ("nominal", 3, 0)
    assert (one.people.low, one.judge.low) == (None, None)  # three clusters give no interval


def test_scores_are_measured_on_an_interval_scale() -> None:
    # (0, 2), (1, 1) and the judge 2, 1. People: pairs 02 and 20 once each, 11 twice; observed 2 * 4 = 8; margins 1, 2, 1 of 4:
    # expected (2 * 1 * 2 * 1 + 2 * 1 * 1 * 4 + 2 * 2 * 1 * 1) / 3 = 16 / 3. Alpha 1 - 24 / 16 = -1/2.
    # Judge: units (2,0), (2,2), (1,1), (1,1): observed 8; margins 1, 4, 3 of 8: expected
    # (2 * 1 * 4 + 2 * 1 * 3 * 4 + 2 * 4 * 3) / 7 = 8. Alpha 0.
    one = agreement("counsel_psyllm", "safety", lines([((0, 2), 2), ((1, 1), 1)], "counsel_psyllm", "safety"))
    assert (one.people.value, one.judge.value) == (pytest.approx(-0.5), pytest.approx(0.0))
    assert one.level == "interval"


def test_the_judges_alpha_is_that_of_its_pairs_with_every_person() -> None:
    """The other way to the same number: each pair a unit of the published alpha."""
    rated = [((0, 1, 2), 1.0), ((2, 2), 3.0), ((3, 1, 0, 1), 0.0), ((0, 0.5), 0.5)]
    one = agreement("counsel_psyllm", "safety", lines(rated, "counsel_psyllm", "safety"))
    pairs = [(verdict, rating) for ratings, verdict in rated for rating in ratings]
    assert one.judge.value == pytest.approx(krippendorff_alpha(list(zip(*pairs, strict=True)), "interval"))


def test_a_judge_that_says_the_same_of_all_agrees_with_nobody() -> None:
    # Half of the ratings 0 and half 1, the judge always 1: units (1,0) four times, (1,1) four times. Observed 8; margins 4 and
    # 12 of 16: expected 2 * 4 * 12 / 15 = 6.4. Alpha 1 - 8 / 6.4 = -1/4: below chance by the small sample alone.
    one = found([((1, 1), 1), ((0, 0), 1), ((1, 1), 1), ((0, 0), 1)])
    assert (one.people.value, one.judge.value) == (1.0, pytest.approx(-0.25))


def test_a_verdict_that_was_not_given_is_missing_and_never_a_disagreement() -> None:
    rated = [((1, 1), 1), ((0, 0), 0), ((0, 1), 0)]
    without = found([*rated, ((0, 1), None)])
    assert (without.n, without.n_missing) == (3, 1)
    assert (without.people, without.judge) == (found(rated).people, found(rated).judge)
    assert found([((0, 1), None)]).judge.value is None


def test_a_reply_with_one_rating_in_a_dimension_does_not_count_there() -> None:
    rated = lines([((1, 1), 1), ((0, 0), 0), ((0, 1), 0)])
    lone = rated[2].model_copy(update={"line": 9, "cluster": 9, "ratings": ({"answer": 1.0}, {"addresses": 1.0})})
    assert agreement("counsel_response", "answer", [*rated, lone]) == agreement("counsel_response", "answer", rated)


def test_ratings_that_are_all_alike_have_no_agreement() -> None:
    one = found([((1, 1), 1), ((1, 1), 1)])
    assert (one.people.value, one.judge.value) == (None, None)


def test_the_interval_is_a_jackknife_over_clusters() -> None:
    # Eleven pairs (0, 0), (1, 1), ... with one (0, 1): leaving one out gives three different alphas. With a units 00, b units
    # 11 and c units 01: margins 2a + c and 2b + c of n = 2 (a + b + c); observed 2c, expected 2 (2a + c)(2b + c) / (n - 1).
    def by_hand(a: int, b: int, c: int) -> float:
        return 1 - c * (2 * (a + b + c) - 1) / ((2 * a + c) * (2 * b + c))

    one = found([*[((0, 0), 0)] * 6, *[((1, 1), 1)] * 4, ((0, 1), 1)])
    without = [*[by_hand(5, 4, 1)] * 6, *[by_hand(6, 3, 1)] * 4, by_hand(6, 4, 0)]
    mean = sum(without) / 11
    half = stats.t.ppf(0.975, 10) * (10 / 11 * sum((each - mean) ** 2 for each in without)) ** 0.5
    assert one.people.value == pytest.approx(by_hand(6, 4, 1))
    assert one.people.low == pytest.approx(by_hand(6, 4, 1) - half)
    assert one.people.high == 1.0  # the limit reaches past what alpha can be


def test_replies_of_one_cluster_stand_and_fall_together() -> None:
    rated = lines([((0, 0), 0), ((1, 1), 1), ((0, 1), 1)] * FEWEST_CLUSTERS)
    few = [line.model_copy(update={"cluster": line.cluster % (FEWEST_CLUSTERS - 1)}) for line in rated]
    assert agreement("counsel_response", "answer", rated).people.low is not None
    assert agreement("counsel_response", "answer", few).people.low is None


def compared(folder: Path) -> None:
    """Put a comparison with people beside the exam in `folder`, the one of `test_both_alphas_by_hand`."""
    rated = lines([((1, 1), 1), ((0, 0), 0), ((0, 1), 0)])
    text = "".join(f"{text}\n" for text in (json.dumps(HEAD), *(line.model_dump_json() for line in rated)))
    (folder / "humans.jsonl").write_text(text, encoding="utf-8")


def test_a_card_shows_both_numbers_side_by_side(examine: Callable[..., Path], bank, transforms, tmp_path: Path) -> None:
    exam = examine(Perfect(bank.rows, transforms), parts=1)
    assert issue(exam, tmp_path / "home").humans == NO_HUMANS
    compared(exam)
    card = issue(exam, tmp_path / "home")
    assert cards(tmp_path / "home") == [card]
    assert card.humans.startswith("compared with 2 people on a made-up set (licence: made up for this test; file sha256:0123")
    row = next(line for line in card_text(card, thresholds.shipped()).split("\n") if "answer" in line and "0.444" in line)
    assert row.index("0.444") < row.index("0.686")  # 1 - 2/3.6 and 1 - 22/70, as above
    page = html(NOBODY, [card], thresholds.shipped())
    table = page[page.index("People with each other") :]
    assert table.index("<b>0.44</b>") < table.index("<b>0.69</b>")
    shown = {part["task"]: len(part["agreement"]) for part in judge_cards.card(card, thresholds.shipped())["tasks"]}
    assert shown == {"counsel_preference": 0, "counsel_psyllm": 0, "counsel_response": 1}


def test_another_sitting_keeps_the_comparison_and_an_old_card_is_computed_anew(
    examine: Callable[..., Path], bank, transforms, tmp_path: Path
) -> None:
    home, exam = tmp_path / "home", examine(Perfect(bank.rows, transforms), parts=1)
    compared(exam)
    before = issue(exam, home)
    (exam / "humans.jsonl").unlink()
    assert issue(exam, home).people == before.people
    file = home / "judges" / before.id / FILE_NAME
    old = json.loads(file.read_text(encoding="utf-8")) | {"card_version": "2", "humans": NO_HUMANS}
    del old["people"]
    file.write_text(json.dumps(old), encoding="utf-8")
    assert [(card.card_version, card.people) for card in cards(home)] == [(CARD_VERSION, before.people)]


def test_a_comparison_that_cannot_be_read_is_refused(examine: Callable[..., Path], bank, transforms, tmp_path: Path) -> None:
    exam = examine(Perfect(bank.rows, transforms), parts=1)
    (exam / "humans.jsonl").write_text(json.dumps(HEAD) + "\n{}\n", encoding="utf-8")
    with pytest.raises(ExamError, match=r"humans\.jsonl: is no comparison with people of this version \(task: Field required"):
        issue(exam, tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_held_set_is_found(tmp_path: Path) -> None:
    assert rated_replies_file(tmp_path) is None
    (tmp_path / "judges").mkdir()
    (tmp_path / "judges" / "humans.jsonl").write_text("", encoding="utf-8")
    assert rated_replies_file(tmp_path) == tmp_path / "judges" / "humans.jsonl"
