"""Turns the judge's verdicts on the arena's comparisons into scores.

The judge runs in a process of its own: `python -m counsel_leaderboard.tasks.judge arena PAIRS.jsonl`
reads lines {"id", "speech", "a", "b"},
where speech is the client's text and a and b are two stored replies as they were stored (with `"kind": "session"`, speech names
the client and a and b are transcripts as JSON), and writes one line {"id",
"order", "verdict"} for each comparison and order to its standard output. `order` is "ab" or "ba", the reply that was shown
first; `verdict` is "a", "b", "tie", or null where the judge gave none that can be read. a and b are always those of the
line with that id, whatever the order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import polars as pl
from pydantic import Field, ValidationError

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.registry.common.closed import Closed

POINTS = {"a": 1.0, "tie": 0.5, "b": 0.0}
ORDERS = ("ab", "ba")


class ReplyPair(Closed):
    """One line to the judge."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    speech: str
    a: str
    b: str
    kind: Literal["reply", "session"] = "reply"


class Verdict(Closed):
    """One line from the judge."""

    id: str
    order: Literal["ab", "ba"]
    verdict: Literal["a", "b", "tie"] | None


def read_verdicts(lines: Iterable[str]) -> list[Verdict]:
    """The judge's verdicts, one per line; empty lines are skipped. Raises RankingError with the number of an invalid line."""
    verdicts = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            verdicts.append(Verdict.model_validate_json(line))
        except ValidationError as error:
            what = error.errors()[0]
            location = ".".join(str(part) for part in what["loc"]) or "line"
            raise RankingError(f"verdict line {number}: {location}: {what['msg']}. Judge the comparisons again.") from error
    return verdicts


def score(schedule: pl.DataFrame, verdicts: Iterable[Verdict]) -> pl.DataFrame:
    """The schedule (id, speech, a, b) with `score` of a: 1 won in both orders, 0 lost in both, .5 a tie or two orders that
    disagree.

    `score` is null where an order is missing or unreadable; `agree` says whether the orders do, null likewise. Raises
    RankingError for a verdict on a comparison that was not asked for, or two different ones on one comparison and order.
    """
    by_order: dict[tuple[str, str], str | None] = {}
    known = set(schedule["id"])
    for verdict in verdicts:
        if verdict.id not in known:
            raise RankingError(f"verdict on {verdict.id}, which is not in the schedule: give the verdicts of these comparisons")
        if by_order.setdefault((verdict.id, verdict.order), verdict.verdict) != verdict.verdict:
            raise RankingError(f"two different verdicts on {verdict.id} in order {verdict.order}: keep one")
    rows = [_score([POINTS.get(by_order.get((name, order)) or "") for order in ORDERS]) for name in schedule["id"]]
    columns = pl.DataFrame(rows, schema={"score": pl.Float64, "agree": pl.Boolean}, orient="row")
    return pl.concat([schedule, columns], how="horizontal")


def _score(points: list[float | None]) -> tuple[float | None, bool | None]:
    first, second = points
    if first is None or second is None:
        return None, None
    return (first, True) if first == second else (0.5, False)
