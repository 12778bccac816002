"""What it takes to run a model: an estimate from its size, or somebody else's API where its files are not to be had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

CLOSED: Final = "proprietary"
"""The licence of models whose files are not published."""

CARDS: Final = {"8": 8, "24": 24, "80": 80}
"""GiB of one graphics card."""

WORDS: Final[Mapping[str, str]] = {
    "8": "one 8 GB graphics card",
    "24": "one 24 GB graphics card",
    "80": "one 80 GB graphics card",
    "more": "several graphics cards",
    "api": "its maker's API only",
    "unknown": "not known",
}
# Two bytes a parameter, and a fifth more for what is computed. Smaller formats need less, and answer a little differently.
BYTES: Final = 2 * 1.2


def needs() -> pl.Expr:
    """A key of WORDS, for a frame with licence and parameters."""
    size = pl.col("parameters") * BYTES / 2**30
    by_size: pl.Expr = pl.lit("more")
    for name, memory in sorted(CARDS.items(), key=lambda card: -card[1]):
        by_size = pl.when(size <= memory).then(pl.lit(name)).otherwise(by_size)
    known = pl.when(size.is_null()).then(pl.lit("unknown")).otherwise(by_size)
    return pl.when(pl.col("licence") == CLOSED).then(pl.lit("api")).otherwise(known)
