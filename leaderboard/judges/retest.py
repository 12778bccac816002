"""Whether a judge of sessions repeats itself: the same sessions judged again, with a cold cache and the items in another order.

For each item the ICC(2,1) of both times, within models: that models differ makes no judge stable. An item enters a total only
if the lower limit is high enough. It says that a judge is stable, not that it is right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.intraclass import IntraclassCorrelation, icc_2_1

LEAST_LOW: Final = 0.60
FEWEST_SESSIONS: Final = 200

JudgedSession = tuple[str, str]
"""Model and session."""
ItemRatings = Mapping[JudgedSession, Mapping[str, float | None]]
"""By session the rating of each item; None where the judge gave none that could be read."""


@dataclass(frozen=True)
class ItemRetest:
    """One item's retest. `missing`: sessions that lack a rating at one of the two times, which do not count."""

    item: str
    agreement: IntraclassCorrelation | None
    """None where it is not defined."""
    missing: int
    reason: str = ""
    """Why it is not defined."""

    @property
    def enters_total(self) -> bool:
        """Whether the item may be part of a total."""
        known = self.agreement
        return known is not None and known.targets >= FEWEST_SESSIONS and known.low >= LEAST_LOW

    def line(self) -> str:
        """The retest in a line."""
        if self.agreement is None:
            return f"{self.item}: not in a total, {self.reason}"
        a = self.agreement
        figures = f"ICC(2,1) {a.value:.2f} [{a.low:.2f}, {a.high:.2f}] on {a.targets} sessions, {self.missing} missing"
        if self.enters_total:
            return f"{self.item}: {figures}"
        few = f"fewer than {FEWEST_SESSIONS} sessions"
        return f"{self.item}: not in a total, {figures}: {few if a.targets < FEWEST_SESSIONS else f'below {LEAST_LOW:.2f}'}"


def retest(first: ItemRatings, second: ItemRatings, controls: Collection[str] = ()) -> list[ItemRetest]:
    """The retest of each item, by name. controls: models that are left out.

    Raises RankingError where the two times are not of the same sessions.
    """
    if set(first) != set(second):
        raise RankingError("a retest needs the same sessions at both times: judge the same stored sessions again")
    sessions = sorted(key for key in first if key[0] not in controls)
    items = sorted({item for key in sessions for item in (*first[key], *second[key])})
    return [_item(item, sessions, first, second) for item in items]


def _item(item: str, sessions: list[JudgedSession], first: ItemRatings, second: ItemRatings) -> ItemRetest:
    both = [(key[0], first[key].get(item), second[key].get(item)) for key in sessions]
    rated = [(model, before, after) for model, before, after in both if before is not None and after is not None]
    try:
        agreement = icc_2_1([[b, a] for _, b, a in rated], [model for model, _, _ in rated])
    except RankingError as error:
        return ItemRetest(item, None, len(both) - len(rated), str(error))
    return ItemRetest(item, agreement, len(both) - len(rated))
