"""The search and the filters of the board, over its display frame."""

from __future__ import annotations

from typing import Final

import polars as pl

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.views import hardware

SIZES: Final = {
    "under 1B": (0, 1_000_000_000),
    "1B to 10B": (1_000_000_000, 10_000_000_000),
    "10B to 40B": (10_000_000_000, 40_000_000_000),
    "40B and more": (40_000_000_000, 2**63 - 1),
}
UNKNOWN: Final = "unknown"
NO_JUDGE: Final = "none"


def matching(rows: pl.DataFrame, address: Address) -> pl.DataFrame:
    """The rows that match the address's search and filters; `board_frame.with_controls` decides about controls."""
    return rows.filter(pl.all_horizontal(pl.lit(True), *_filters(address)))


def _filters(address: Address) -> list[pl.Expr]:
    col = pl.col
    conditions: list[pl.Expr] = []
    if address.q.strip():
        searched = pl.concat_str(
            [col(name).fill_null("") for name in ("model", "family", "licence", "engine", "judge")], separator="\n"
        )
        conditions += [searched.str.to_lowercase().str.contains(word, literal=True) for word in address.q.lower().split()]
    if address.size:
        conditions.append(_size(address.size))
    if address.licence:
        conditions.append(col("licence").fill_null(UNKNOWN) == address.licence)
    if address.runs_on:
        conditions.append(hardware.needs() == address.runs_on)
    if address.engine:
        conditions.append(col("engine") == address.engine)
    if address.judge:
        conditions.append(col("judge").fill_null(NO_JUDGE) == address.judge)
    if address.weights:
        conditions.append(col("open_weights") == (address.weights == "open"))
    if address.qualified:
        conditions.append(col("qualified").fill_null(False))
    if not address.samples:
        conditions.append(~col("sample"))
    if not address.reported:
        conditions.append(~col("self_reported"))
    return conditions


def _size(name: str) -> pl.Expr:
    if name not in SIZES:
        return pl.col("parameters").is_null()
    low, high = SIZES[name]
    return pl.col("parameters").is_between(low, high, closed="left").fill_null(False)


def choices(rows: pl.DataFrame) -> dict[str, list[str]]:
    """The values that each filter offers on this board."""
    return {
        "size": [*SIZES, UNKNOWN],
        "runs_on": [*hardware.WORDS],
        "licence": rows["licence"].fill_null(UNKNOWN).unique().sort().to_list(),
        "engine": rows["engine"].unique().sort().to_list(),
        "judge": rows["judge"].fill_null(NO_JUDGE).unique().sort().to_list(),
    }
