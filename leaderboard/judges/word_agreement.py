"""How well a list of words agrees with the people who rated whole sessions, on the half of the sessions that it was made with
and on the half that it was not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from counsel_leaderboard.leaderboard.statistics.agreement import cohen_kappa
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.jackknife import half_width
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats
from counsel_leaderboard.registry.common.closed import Closed

LEAST: Final = 0.60
"""Kappa on the sessions that the list was not made with, from which its column is shown."""


class WordVerdict(Closed):
    """What the list and one person say of one session: whether the act was done."""

    session: str
    words: bool
    person: bool


class WordHalf(Closed):
    """One half of the sessions. `pairs`: the list's reading beside that of one person each.

    The 95% interval of Cohen's kappa leaves out one session at a time; None where it is not defined.
    """

    name: str
    sessions: int
    pairs: int
    raw: float | None
    kappa: float | None
    low: float | None
    high: float | None


class WordAgreement(Closed):
    """A list of words beside one dimension of the people's ratings."""

    act: str
    dimension: str
    made_with: WordHalf
    other: WordHalf

    @property
    def shown(self) -> bool:
        """Whether the act's column may be shown: decided by the sessions that the list was not made with."""
        return self.other.kappa is not None and self.other.kappa >= LEAST

    def lines(self) -> list[str]:
        """The figures, a line each, and what follows."""
        rule = f"kappa on the sessions that the list was not made with is at least {LEAST:.2f}"
        ends = f"shown, since {rule}" if self.shown else f"hidden, since it is shown only where {rule}"
        return [
            f"Words for {self.act} beside {self.dimension!r} of the clinicians, on sessions at risk",
            *(line(half) for half in (self.made_with, self.other)),
            f"The column {self.act} is {ends}.",
            "Each interval leaves out one session at a time, since the personas are too few to leave out one of them.",
        ]


def half(name: str, verdicts: Sequence[WordVerdict]) -> WordHalf:
    """The agreement of one half of the sessions."""
    table, sessions = _table(verdicts), np.array([verdict.session for verdict in verdicts])
    kappa = width = None
    try:
        kappa = cohen_kappa(table)
        rows = [_table([row for row in verdicts if row.session != session]) for session in np.unique(sessions)]
        width = half_width(np.array([cohen_kappa(without) for without in rows]))
    except RankingError:
        pass  # nobody differs from anybody, with one session or another left out
    low, high = (None, None) if kappa is None or width is None else (kappa - width, min(kappa + width, 1.0))
    raw = float(np.trace(table) / table.sum()) if len(verdicts) else None
    return WordHalf(
        name=name, sessions=len(np.unique(sessions)), pairs=len(verdicts), raw=raw, kappa=kappa, low=low, high=high
    )  # fmt: skip


def _table(verdicts: Sequence[WordVerdict]) -> Floats:
    table = np.zeros((2, 2), dtype=np.float64)
    for verdict in verdicts:
        table[int(verdict.words), int(verdict.person)] += 1
    return table


def line(half: WordHalf) -> str:
    """Kappa with its interval and raw agreement, for a terminal."""
    if half.kappa is None or half.raw is None:
        return f"  {half.name}: not defined"
    limits = "no interval" if half.low is None else f"[{half.low:.2f}, {half.high:.2f}]"
    return f"  {half.name}: kappa {half.kappa:.2f} {limits}, raw {half.raw:.2f} ({half.sessions} sessions, {half.pairs} pairs)"
