"""The second, wider interval "for questions like these": how the score would vary with other questions.

The ranked interval of the stigma tasks holds the six questions fixed and resamples vignettes. Here both vary:
every answer belongs to a vignette and to a question, and the variance of the mean is the sum of the two one-way clustered
variances less that of their crossing (Cameron, Gelbach and Miller, Journal of Business & Economic Statistics 29, 2011). It
is shown and never ranked on.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.proportions import LEVEL, t_quantile
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats

COLUMNS = ("run_id", "cluster", "facet", "value")


def question_intervals(answers: pl.DataFrame, lo: float = 0.0, hi: float = 1.0, level: float = LEVEL) -> pl.DataFrame:
    """Interval of each run's mean with clusters and questions both resampled.

    `answers`: run_id, cluster (vignette), facet (question), value (null = unscored), and weight if items do not weigh the
    same. Gives run_id, value, low, high, n_facets, sorted by run; Student's t with n_facets - 1 degrees of freedom on the
    logit of the score, null limits for one question or a mean at an end of the range. Raises RankingError where a column is
    missing.
    """
    missing = [name for name in COLUMNS if name not in answers.columns]
    if missing:
        raise RankingError(f"answers lack {', '.join(missing)}: they need {', '.join(COLUMNS)}")
    rows = answers.filter(pl.col("value").is_not_null())
    weight = pl.col("weight").cast(pl.Float64) if "weight" in rows.columns else pl.lit(1.0)
    rows = rows.with_columns(w=weight, v=(pl.col("value") - lo) / (hi - lo))
    mean = (pl.col("w") * pl.col("v")).sum().over("run_id") / pl.col("w").sum().over("run_id")
    rows = rows.with_columns(mean=mean).with_columns(
        pull=pl.col("w") * (pl.col("v") - pl.col("mean")) / pl.col("w").sum().over("run_id")
    )
    by_cluster, by_facet, by_both = (_variance(rows, by) for by in (["cluster"], ["facet"], ["cluster", "facet"]))
    table = rows.group_by("run_id").agg(pl.col("mean").first(), n_facets=pl.col("facet").n_unique()).sort("run_id")
    table = table.join(by_cluster.join(by_facet, on="run_id").join(by_both, on="run_id"), on="run_id")
    # By chance the difference can fall below either part; the wider interval is never narrower than one way of clustering.
    variance = pl.max_horizontal("cluster", "facet", pl.col("cluster") + pl.col("facet") - pl.col("cluster_facet"))
    table = table.with_columns(variance=variance)
    mean_, variance_, count = (table[name].to_numpy().astype(np.float64) for name in ("mean", "variance", "n_facets"))
    low, high = _logit_t(mean_, variance_, count, level)
    scale = hi - lo
    return table.select(
        "run_id",
        value=lo + scale * pl.col("mean"),
        low=pl.Series(lo + scale * low).fill_nan(None),
        high=pl.Series(lo + scale * high).fill_nan(None),
        n_facets="n_facets",
    )


def _variance(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Per run, the one-way clustered variance of the mean, with its g/(g-1)."""
    name = "_".join(by)
    sums = rows.group_by("run_id", *by).agg(pl.col("pull").sum())
    count = pl.len().cast(pl.Float64)
    # One group gives no variance between groups: 0 / 0 stays NaN and there are no limits.
    return sums.group_by("run_id").agg(((pl.col("pull") ** 2).sum() * count / (count - 1)).alias(name)).sort("run_id")


def _logit_t(share: Floats, variance: Floats, n_facets: Floats, level: float) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        half = t_quantile(n_facets - 1, level) * np.sqrt(variance) / (share * (1 - share))
        centre = np.log(share) - np.log1p(-share)
        return 1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre))
