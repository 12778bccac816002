"""From a stored verdict on a session to the ratings of an instrument and the metrics that need no judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from counsel_leaderboard.tasks.common.aggregate import Record
from counsel_leaderboard.tasks.judge.plan import judged_rates, stored
from counsel_leaderboard.tasks.sessions.instrument import Instrument


def session_metrics(
    result: str, instrument: Instrument, headline: str, arithmetic: Callable[[Mapping[str, float]], dict[str, float]]
) -> dict[str, Record]:
    """The metrics of one stored verdict: the rates, the measures without a judge, and what `arithmetic` makes of the ratings.

    `scored_rate` is 1 where `headline` is among them.
    """
    judgement = stored(result)
    scores = arithmetic(ratings(judgement, instrument))
    return {**without_judge(judgement), "scored_rate": float(headline in scores), **scores}


def without_judge(judgement: Mapping[str, Any]) -> dict[str, Record]:
    """The rates, and what was measured of the session; `scored_rate` is 0 until an instrument is complete."""
    return {**judged_rates(judgement), "scored_rate": 0.0, **judgement.get("measured", {}).get("metrics", {})}


def ratings(judgement: Mapping[str, Any], instrument: Instrument) -> dict[str, float]:
    """The items that could be read. A counselor who never speaks gets the lowest rating of each; a failed session none."""
    if judgement["state"] == "empty":
        return instrument.lowest()
    if judgement["state"] not in ("judged", "unread", "unreached"):
        return {}
    return instrument.ratings(judgement["answers"], judgement.get("measured", {}).get("windows", []))
