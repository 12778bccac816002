"""A panel of three judges whose scales are known, by hand."""

from __future__ import annotations

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.judges.families import family
from counsel_leaderboard.leaderboard.judges.scales import panel
from counsel_leaderboard.leaderboard.judges.scales.anchors import SCHEMA, AnchorJudge, AnchorScores, ScaleError

SHIFT = {"qwen": 0.0, "llama": 0.2, "gemma": 0.4}
FAMILIES = {
    **{judge: judge for judge in SHIFT},
    "org/free": "mistral",
    "org/lama": "llama",
    "org/gem": "gemma",
    "org/odd": None,
}
VALUES = (0.1, 0.2, 0.3, 0.4, 0.2, 0.3)


def anchors(judge: str, values: dict[str, float | None], name: str = "set") -> AnchorScores:
    rows = [{"id": key, "task": "t", "kind": "k", "cluster": key[:2], "value": value} for key, value in values.items()]
    return AnchorScores(name, AnchorJudge(model=judge, prompt_version="1", rubrics={}), pl.DataFrame(rows, schema=SCHEMA))


def scale() -> panel.Effects:
    return panel.effects([anchors(judge, {"d1": shift, "d2": shift + 0.2}) for judge, shift in SHIFT.items()], "t")


def items(*candidates: str, plus: float = 0.0) -> pl.DataFrame:
    """Each judge gives what an item is worth and its own shift; an item a cluster."""
    rows = [
        (candidate, judge, f"i{index}", f"i{index}", "all", value + shift + plus)
        for candidate in candidates
        for judge, shift in SHIFT.items()
        for index, value in enumerate(VALUES)
    ]
    return pl.DataFrame(rows, schema=list(panel.ITEM), orient="row")


def test_effects_add_up_to_nothing():
    """Means of the two anchors: .1, .3, .5; around .3 that is -.2, 0 and .2."""
    fitted = scale()
    assert fitted.value == pytest.approx([-0.2, 0, 0.2])
    assert fitted.of(["qwen", "llama"]) == pytest.approx(-0.1)
    # Every document says the same of the judges, so leaving one out changes nothing.
    assert fitted.error(["qwen", "llama"]) == pytest.approx(0)


def test_the_error_of_an_effect_by_hand():
    """On d1 the second judge is .1 above the first, on d2 .3: its effect is .1, and without one of them .15 or .05.

    Jackknife of two: sqrt(1/2 * (.05^2 + .05^2)) = .05. The whole panel's effects add up to 0 and have no error.
    """
    effects = panel.effects([anchors("a", {"d1": 0.0, "d2": 0.0}), anchors("b", {"d1": 0.1, "d2": 0.3})], "t")
    assert effects.of(["b"]) == pytest.approx(0.1)
    assert effects.error(["b"]) == pytest.approx(0.05)
    assert effects.error(["a", "b"]) == pytest.approx(0)


def test_effects_come_from_anchors_that_all_scored():
    """The anchor d3 that the strict judge was not asked about would make it look even stricter."""
    effects = panel.effects(
        [anchors("a", {"d1": 0.0, "d2": 0.0, "d3": None}), anchors("b", {"d1": 0.2, "d2": 0.2, "d3": 1.0})], "t"
    )
    assert (effects.value, effects.n_anchors) == (pytest.approx([-0.1, 0.1]), 2)


def test_a_score_does_not_hang_on_which_judges_count():
    """(.1 + .2 + .3 + .4 + .2 + .3) / 6 = .25, and .2 for the scale of the panel: .45 by two judges as by three.

    The two strict ones alone gave .35, and their mean effect of -.1 is taken out.
    """
    by_three, by_two = panel.scores(items("org/free", "org/gem"), scale(), FAMILIES)
    assert (by_three.judges, by_three.left_out) == (("qwen", "llama", "gemma"), {})
    assert (by_two.judges, by_two.left_out) == (
        ("qwen", "llama"),
        {"gemma": Reason(Code.JUDGE_OF_SAME_FAMILY, {"family": "gemma"})},
    )
    assert [by_three.value, by_two.value] == pytest.approx([0.45, 0.45])
    assert by_three.low < by_three.value < by_three.high
    assert by_three.n_items == 6


def test_fewer_than_two_judges_rank_nobody():
    two = items("org/lama").filter(pl.col("judge").is_in(["llama", "gemma"]))
    (row,) = panel.scores(two, scale(), FAMILIES)
    assert (row.value, row.low, row.reason) == (None, None, Reason(Code.PANEL_TOO_FEW_JUDGES, {"judges": 1, "needed": 2}))
    (unknown,) = panel.scores(items("org/odd"), scale(), FAMILIES)
    assert unknown.value is None
    assert all(why == Reason(Code.JUDGE_FAMILY_UNKNOWN) for why in unknown.left_out.values())
    (control,) = panel.scores(items("org/odd"), scale(), FAMILIES, controls=["org/odd"])
    assert control.value == pytest.approx(0.45)


def test_two_candidates_are_compared_by_judges_that_may_judge_both():
    rows = items("org/free").vstack(items("org/lama", plus=0.1)).vstack(items("org/gem"))
    comparison = panel.compare(rows, scale(), FAMILIES, "org/lama", "org/free")
    assert (comparison.judges, comparison.reason) == (("qwen", "gemma"), None)
    assert comparison.difference == pytest.approx(0.1)
    alone = panel.compare(rows, scale(), FAMILIES, "org/lama", "org/gem")
    assert (alone.difference, alone.judges) == (None, ("qwen",))
    assert alone.reason == Reason(Code.PAIR_TOO_FEW_JUDGES, {"judges": 1, "needed": 2})


def test_without_an_item_that_all_judges_scored_there_is_no_number():
    """gemma scored i0 alone and the others all but i0; so nothing is shared, by one candidate or by two."""
    only = (pl.col("judge") == "gemma") == (pl.col("item") == "i0")
    lost, whole = (
        items(name).with_columns(value=pl.when(keep).then("value")) for name, keep in (("org/a", only), ("org/b", True))
    )
    (row,) = panel.scores(lost, scale(), FAMILIES, controls=["org/a"])
    assert (row.value, row.reason) == (None, Reason(Code.PANEL_NO_SHARED_ITEM))
    apart = panel.compare(lost.vstack(whole), scale(), FAMILIES, "org/a", "org/b", controls=["org/a", "org/b"])
    assert (apart.difference, apart.reason) == (None, Reason(Code.PAIR_NO_SHARED_ITEM))


def test_an_item_that_one_judge_could_not_score_counts_for_none():
    """Without the third item (.3): (.1 + .2 + .4 + .2 + .3) / 5 = .24, plus .2."""
    lost = (pl.col("judge") == "gemma") & (pl.col("item") == "i2")
    rows = items("org/free").with_columns(value=pl.when(~lost).then(pl.col("value")))
    (row,) = panel.scores(rows, scale(), FAMILIES)
    assert (row.n_items, row.value) == (5, pytest.approx(0.44))


def test_judges_that_differ_by_their_scale_alone_agree():
    assert panel.agreement(items("org/free"), scale()) == pytest.approx(1)
    flipped = items("org/free").with_columns(
        value=pl.when(pl.col("judge") == "qwen").then(0.5 - pl.col("value")).otherwise(pl.col("value"))
    )
    assert panel.agreement(flipped, scale()) < 0.5
    assert panel.agreement(items("org/free").with_columns(value=0.5).filter(pl.col("judge") == "qwen"), scale()) is None


def test_a_panel_needs_one_set_and_two_documents():
    with pytest.raises(ScaleError, match="one set of anchors"):
        panel.effects([anchors("a", {"d1": 0.0}), anchors("b", {"d1": 0.0}, name="other")], "t")
    with pytest.raises(ScaleError, match="1 documents were scored by every judge"):
        panel.effects([anchors("a", {"d1": 0.0, "d2": None}), anchors("b", {"d1": 0.0, "d2": 0.0})], "t")


@pytest.mark.parametrize(
    ("name", "bases", "expected"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", [], "qwen"),
        ("org/counsel-tuned", ["meta-llama/Llama-3.1-8B"], "llama"),
        ("meta-llama/Meta-Llama-3-8B", [], "llama"),
        ("mistralai/Mixtral-8x7B-v0.1", [], "mistral"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", ["Qwen/Qwen2.5-Math-7B"], "qwen"),
        ("Qwen/QwQ-32B", [], "qwen"),
        ("SmolLM2-135M-Instruct", [], "smollm"),
        ("gpt-4o", [], "gpt"),
        ("openchat/openchat-3.5", [], "openchat"),
        ("12345", [], None),
    ],
)
def test_families(name, bases, expected):
    assert family(name, bases) == expected
