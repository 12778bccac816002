"""The choice of models to compare as HTML: those chosen, and those whose name holds what was typed, each a link."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import SuiteSnapshot
from counsel_leaderboard.space.views.compare import MAX_MODELS

MAX_MATCHES: Final = 12
ROLES: Final = {"control": "scripted control", "people": "people", "product": "commercial bot"}


def html(suite: SuiteSnapshot, address: Address, typed: str) -> str:
    """The chosen runs, each with a link that takes it out, and at most MAX_MATCHES others that can be added."""
    known = {row["run_id"]: row for row in suite.display.iter_rows(named=True)}
    chosen = [run for run in address.run_ids if run in known][:MAX_MODELS]
    others = matches(suite.display.filter(~pl.col("run_id").is_in(chosen)), typed)
    return render(
        "compare_choice.html",
        typed=typed,
        chosen=[_entry(known[run], address, [other for other in chosen if other != run]) for run in chosen],
        offered=[_entry(row, address, [*chosen, row["run_id"]]) for row in others.head(MAX_MATCHES).iter_rows(named=True)],
        more=max(others.height - MAX_MATCHES, 0),
        full=len(chosen) == MAX_MODELS,
        most=MAX_MODELS,
    )


def matches(rows: pl.DataFrame, typed: str) -> pl.DataFrame:
    """The rows whose model, judge or run holds every typed word: that very name first, then those that begin so."""
    model, words = pl.col("model").str.to_lowercase(), typed.lower().split()
    text = pl.concat_str([model, pl.col("judge").fill_null("").str.to_lowercase(), pl.col("run_id")], separator=" ")
    for word in words:
        rows = rows.filter(text.str.contains(word, literal=True))
    name = " ".join(words)
    # Of a Hub name, the part behind the owner is what people type.
    begins = model.str.starts_with(name) | model.str.split("/").list.last().str.starts_with(name)
    return rows.sort(model != name, ~begins, pl.col("role"), model, pl.col("run_id"))


def _entry(row: dict[str, Any], address: Address, runs: list[str]) -> dict[str, Any]:
    """A run with the address at which `runs` are compared."""
    notes = [ROLES.get(row["role"]), row["judge"] and f"judged by {row['judge']}", row["self_reported"] and "self-reported"]
    leads = address.to(runs=",".join(runs), task="", item="")
    return {"model": row["model"], "about": " · ".join(text for text in notes if text), "address": leads}
