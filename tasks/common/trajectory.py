"""Cases of prolonged exposure as series over a client's turns; shared by the two trajectory tasks."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from counsel_leaderboard.registry.scoring.distress_curves import arcs, client_turns, mean_arc
from counsel_leaderboard.tasks.common import series
from counsel_leaderboard.tasks.common.order import Doc, balanced
from counsel_leaderboard.tasks.common.source import TaskSuite

PHASES = ("P5", "P6", "P7", "P8", "P10", "P11")
"""The six phases in their order; there is no P9."""

MIN_TURNS = 3
MIN_SHARE = 0.5

STATED = re.compile(r"\b\d{1,3}\b")

Row = Mapping[str, Any]
Turn = dict[str, Any]


def rows_to_turns(row: Row) -> list[Turn]:
    """The client's turns of a case, phases in order: phase, therapist (the words before), client, suds, suds_stated.

    A published case has no SUDS: its reference is the `distress` of the client's words, and a turn in which the client says a
    number counts as stated. Turns without words of the client are left out.
    """
    turns = client_turns(row)
    for turn in turns:
        turn.setdefault("suds", distress(turn["client"]))
        turn.setdefault("suds_stated", bool(STATED.search(turn["client"])))
    return turns


def from_rows(rows: Sequence[Row], dataset: str) -> list[Doc]:
    """One document per case, in a seeded order, with `baseline`: the leave-one-out mean arc at its turns, or empty."""
    turns = {row["case"]: rows_to_turns(row) for row in rows}
    curves = {case: arcs(case_turns) for case, case_turns in turns.items()}
    return balanced([document(row, dataset, turns[row["case"]], curves) for row in rows])


def document(row: Row, dataset: str, turns: Sequence[Turn], curves: Mapping[str, Mapping[str, Sequence[float]]]) -> Doc:
    """One case. `complete` is False if a phase is missing: such a case is counted but not scored."""
    others = [curve for case, curve in curves.items() if case != row["case"]]
    return {
        "id": row["id"],
        "cluster": row["case"],
        "stratum": "all",
        "dataset": dataset,
        "content_note": row.get("content_note") or "prolonged exposure after trauma",
        "risk": False,
        "target": "",
        "complete": tuple(dict.fromkeys(turn["phase"] for turn in turns)) == PHASES,
        "turns": [
            {
                "phase": turn["phase"],
                "therapist": turn["therapist"],
                "client": turn["client"],
                "suds": float(turn["suds"]),
                "suds_stated": turn["suds_stated"],
            }
            for turn in turns
        ],
        "baseline": mean_arc(turns, others),
    }


@functools.cache
def analyzer() -> SentimentIntensityAnalyzer:
    """The VADER analyzer, loaded once."""
    return SentimentIntensityAnalyzer()


LONGEST_READ: Final = 8_000
"""Characters of a text whose valence is taken. VADER's time grows with the square of the length; a reply has 2,000 or so."""

MOST_EMOJI: Final = 200
"""Emoji of a text whose valence is taken: VADER reads each as several words."""


def valence(text: str) -> float:
    """VADER's compound score, in [-1, 1]: how pleasant the words of an English text are, not how intense.

    Of a text of more than LONGEST_READ characters or MOST_EMOJI emoji, that of its beginning.
    """
    beginning = text[:LONGEST_READ]
    emoji = [position for position, character in enumerate(beginning) if character in analyzer().emojis]
    if len(emoji) > MOST_EMOJI:
        beginning = beginning[: emoji[MOST_EMOJI]]
    return float(analyzer().polarity_scores(beginning)["compound"])


def distress(text: str) -> float:
    """The valence of a client's words mapped to the SUDS scale: -1 is 100, 0 is 50, 1 is 0."""
    return 50 * (1 - valence(text))


def scorer() -> dict[str, str]:
    """Name and version of the scorer, as recorded in the results."""
    return {"name": "vaderSentiment compound", "version": version("vaderSentiment")}


def session_before(turns: Sequence[Mapping[str, Any]], index: int) -> list[Mapping[str, Any]]:
    """The turns of the same phase up to and including the turn at `index`."""
    return [turn for turn in turns[: index + 1] if turn["phase"] == turns[index]["phase"]]


def is_comparable(count: int, total: int) -> bool:
    """Whether a series can be compared: at least three of its `total` turns, and half of them, must have a number."""
    return count >= max(MIN_TURNS, MIN_SHARE * total)


def agreement(x: Sequence[float], y: Sequence[float], phases: Sequence[str]) -> dict[str, float]:
    """The metrics of the prediction x against the reference y, over all turns and for each phase; undefined ones are left out.

    phases: the phase of each turn.
    """
    metrics: dict[str, float | None] = {"pearson": series.pearson(x, y), "ccc": series.ccc(x, y)}
    metrics |= {"dtw": series.dtw(x, y), "rmse": series.rmse(x, y), "constant_rate": int(series.constant(x))}
    for phase in PHASES:
        in_phase = [index for index, name in enumerate(phases) if name == phase]
        if in_phase:
            metrics[f"rmse_{phase.lower()}"] = series.rmse([x[index] for index in in_phase], [y[index] for index in in_phase])
    return {name: number for name, number in metrics.items() if number is not None}


SUITES = {
    "open": TaskSuite("open-trajectory", lambda rows: from_rows(rows, "open-trajectory")),
    "upstream": TaskSuite("thousand-voices-of-trauma", lambda rows: from_rows(rows, "thousand-voices-of-trauma")),
}
"""The sources of both trajectory tasks."""
