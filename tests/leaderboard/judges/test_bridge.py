"""The map between two judges, against lines fitted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.judges.scales.anchors import ScaleError
from counsel_leaderboard.leaderboard.judges.scales.bridge import Mapping, mappings
from counsel_leaderboard.leaderboard.judges.scales.bridge_store import bridges, build, save
from tests.support.judges import Value, scored


def mapped(old: Value, new: Value, **more: int) -> Mapping:
    (mapping,) = mappings(scored("old", old, **more), scored("new", new, **more))
    return mapping


def test_an_exact_line_is_found_without_error():
    mapping = mapped(lambda kind, _: 0.1 + 0.8 * kind / 4, lambda kind, _: kind / 4)
    assert (mapping.intercept, mapping.slope, mapping.kind_error, mapping.foreknown) == pytest.approx((0.1, 0.8, 0, 1))
    assert mapping.fault is None
    assert mapping.apply(0.5, 0.4, 0.6) == pytest.approx((0.5, 0.42, 0.58))
    assert (mapping.n_kinds, mapping.n_documents, mapping.n_anchors, mapping.n_lost) == (4, 10, 40, 0)


def test_a_line_through_four_points_and_what_it_misses_by_hand():
    """x = 0 1 2 3, y = 0 1 2 6: Sxy = 9.5, Sxx = 5, so slope 1.9 and intercept 2.25 - 1.9 * 1.5 = -.6.

    Residuals .6 -.3 -1.2 .9 over 1 - h with h = .7 .3 .3 .7 are what each point misses the line of the others by: 2, -.4286,
    -1.7143, 3. Their mean square is 4.0306, the root 2.0076; of the 20.75 around the mean of y it leaves 16.1224: 1 - .777.
    """
    mapping = mapped(lambda kind, _: (0, 1, 2, 6)[kind], lambda kind, _: kind)
    assert (mapping.intercept, mapping.slope) == pytest.approx((-0.6, 1.9))
    assert mapping.kind_error == pytest.approx(2.0076, abs=1e-4)
    assert mapping.foreknown == pytest.approx(0.2230, abs=1e-4)
    assert mapping.fault == "held-out R2 is 0.22, at least 0.50 required"
    with pytest.raises(ScaleError, match="there is no bridge"):
        mapping.apply(1.0)


def test_documents_that_differ_alike_move_the_intercept_alone():
    """The old judge likes five documents by .1 more and five by .1 less, whatever the answer: s^2 = 10 * .01 / 9.

    The jackknife of a mean is s^2 / n = .001111, the standard error .0333 at every score.
    """
    mapping = mapped(lambda kind, document: kind / 4 + 0.1 * (-1) ** document, lambda kind, _: kind / 4)
    assert mapping.covariance[0][0] == pytest.approx(0.01 / 9)
    assert mapping.covariance[1] == pytest.approx((0, 0), abs=1e-12)
    assert [mapping.error(0.0), mapping.error(0.7)] == pytest.approx([0.0333, 0.0333], abs=1e-4)


def test_the_limits_hold_the_error_of_the_map_by_hand():
    """t with 2 degrees of freedom is 4.3027: .05 * 4.3027 = .2151; with .8 * .1 = .08 from the score, root .2295."""
    mapping = Mapping("t", 0.1, 0.8, ((0, 0), (0, 0)), 0.05, 0.9, 4, 10, 40, 0, None)
    assert mapping.apply(0.5, 0.4, 0.6) == pytest.approx((0.5, 0.2705, 0.7295), abs=1e-4)
    assert mapping.apply(0.5) == pytest.approx((0.5, 0.2849, 0.7151), abs=1e-4)


@pytest.mark.parametrize(
    ("old", "new", "more", "message"),
    [
        (lambda kind, _: kind, lambda kind, _: -kind, {}, "order the kinds of answers the other way round"),
        (lambda kind, _: kind, lambda _kind, _: 0.5, {}, "gives every kind of answer the same score"),
        (lambda _kind, _: 0.5, lambda kind, _: kind, {}, "the other way round"),
        (lambda kind, _: kind, lambda kind, _: kind, {"documents": 4}, "too few anchors scored by both: 4 kinds over 4"),
        (lambda kind, _: kind, lambda kind, _: kind, {"kinds": ("a", "b", "c")}, "too few anchors scored by both: 3 kinds"),
        (lambda kind, _: None if kind == 3 else kind, lambda kind, _: kind, {}, "too few anchors scored by both: 3 kinds"),
        (lambda _kind, _: None, lambda kind, _: kind, {}, "too few anchors scored by both: 0 kinds"),
    ],
)
def test_no_bridge_where_the_anchors_do_not_bear_one(old, new, more, message):
    mapping = mapped(old, new, **more)
    assert message in mapping.fault
    with pytest.raises(ScaleError, match="The new judge has a column of its own"):
        mapping.apply(0.5)


def test_an_answer_without_a_verdict_counts_for_neither_judge():
    mapping = mapped(lambda kind, document: None if (kind, document) == (0, 0) else kind, lambda kind, _: kind)
    assert (mapping.slope, mapping.n_anchors, mapping.n_lost) == (pytest.approx(1), 39, 1)


def test_two_sets_or_one_judge_make_no_bridge():
    scores = scored("old", lambda kind, _: kind)
    with pytest.raises(ScaleError, match="a bridge needs one set"):
        mappings(scores, scored("new", lambda kind, _: kind, anchors="other"))
    with pytest.raises(ScaleError, match="is the same judge twice"):
        mappings(scores, scores)


def test_what_is_kept_is_what_was_built(tmp_path: Path):
    for old in (lambda kind, _: 0.1 + kind / 5, lambda _kind, _: None):
        bridge = build(scored("old", old), scored("new", lambda kind, _: kind / 4))
        save(bridge, tmp_path)
        assert bridges(tmp_path) == [bridge]
    (file,) = (tmp_path / "judges/bridges").iterdir()
    file.write_text("{}")
    with pytest.raises(ScaleError, match="is no bridge"):
        bridges(tmp_path)
