"""Scores against size: who stands on the frontier is decided by tiers, and nobody by chance."""

from __future__ import annotations

import re

import polars as pl

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.views import size_picture
from counsel_leaderboard.space.views.board_frame import Column

STIGMA = Column("counsel_stigma", "stigma", "stigma_response", False, 0.0, 1.0, True, False, "open-stigma")
CELL = pl.Struct({"value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "tier": pl.Int64, "partial": pl.Boolean})


def rows(*models: tuple[str, int | None, float, int | None], role: str = "candidate") -> pl.DataFrame:
    """Models by name, size, value and tier."""
    cells = [
        {"value": value, "low": value - 0.05, "high": value + 0.05, "tier": tier, "partial": False}
        for *_, value, tier in models
    ]
    names = [name for name, *_ in models]
    return pl.DataFrame(
        {
            "run_id": names,
            "model": names,
            "role": [role] * len(names),
            "parameters": [size for _, size, *_ in models],
            STIGMA.key: cells,
        },
        schema_overrides={"parameters": pl.Int64, STIGMA.key: CELL},
    )


GIVEN = rows(
    ("small", 10**9, 0.40, 2), ("same", 3 * 10**9, 0.38, 2), ("large", 70 * 10**9, 0.10, 1), ("larger", 90 * 10**9, 0.09, 1),
    ("hidden", None, 0.05, 1), ("sample", 2 * 10**9, 0.01, None),
)  # fmt: skip


def test_the_frontier_steps_up_by_tiers_alone() -> None:
    # `same` and `larger` are of the tier of a smaller model; `hidden` has no size, `sample` no tier.
    assert size_picture.frontier(size_picture.scored(GIVEN, STIGMA)) == {"small", "large"}


def test_of_two_models_of_one_size_the_better_tier_stands_on_it() -> None:
    pair = rows(("worse", 10**9, 0.4, 2), ("better", 10**9, 0.2, 1))
    assert size_picture.frontier(size_picture.scored(pair, STIGMA)) == {"better"}


def test_the_picture_has_a_point_an_interval_and_words_for_each_model() -> None:
    page = size_picture.html(GIVEN, STIGMA, Address())
    assert page.count("<circle") == 6
    assert page.count('class="interval"') == 6
    assert page.count("first") == 2
    assert "large: 70B, 0.100, 0.05 to 0.15, tier 1" in page
    assert "sample: 2B, 0.010, -0.04 to 0.06, not ranked" in page
    assert "1 model of unknown size" in page
    heights = {name: float(re.search(rf'>{name}: .*?cy="([\d.]+)"', page, re.DOTALL)[1]) for name in ("small", "large")}  # type: ignore[index]
    assert heights["large"] < heights["small"]  # less stigma is better, and the better end is at the top


def test_there_is_no_picture_of_one_model_or_without_sizes_or_of_people() -> None:
    assert size_picture.html(rows(("alone", 10**9, 0.4, 1)), STIGMA, Address()) == ""
    assert size_picture.html(rows(("a", None, 0.4, 1), ("b", None, 0.2, 1)), STIGMA, Address()) == ""
    assert size_picture.html(rows(("a", 1, 0.4, 1), ("b", 2, 0.2, 1), role="people"), STIGMA, Address()) == ""
