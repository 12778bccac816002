"""How well a client's lines fit what the counselor said: turns for two readers, and the figures from their ratings.

Only fresh sessions count, by counselors who did not see the script; replays of turns that were used while writing read too
high.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import TypeAdapter, ValidationError

from counsel_leaderboard.leaderboard.statistics.proportions import wilson
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.sessions.client_fit import reaches
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript

Rating = Literal["fits", "acceptable", "misses", "nonsense"]
RATINGS: Final[tuple[Rating, ...]] = ("fits", "acceptable", "misses", "nonsense")
MOST_DIFFERENCE: Final = 0.05
"""Between the counselors whose turns fit most and least."""


class RatingError(CounselError):
    """A file of ratings that cannot be used."""


class SheetRow(Closed):
    """A client's line with what came before. A reader fills `rating` in."""

    session: str
    turn: int
    """The index of the client's line in its session."""
    client: str
    counselor: str
    before: tuple[str, ...]
    line: str
    hedge: bool
    rating: Rating | Literal[""] = ""


_ROW: Final[TypeAdapter[SheetRow]] = TypeAdapter(SheetRow)


@dataclass(frozen=True)
class FitFigures:
    """Shares over both readers' ratings; limits are Wilson's at 95%, over turns, not over ratings."""

    group: str
    turns: int
    fits: float
    acceptable: float
    acceptable_low: float
    acceptable_high: float
    nonsense: float
    hedges: float

    @property
    def reaches(self) -> bool:
        """Whether the shares are those that a ranked client needs."""
        return reaches(self.fits, self.acceptable, self.nonsense, self.hedges)

    def line(self) -> str:
        """The figures in a line."""
        return (
            f"{self.group}: {self.turns} turns, fits {self.fits:.0%}, fits or acceptable {self.acceptable:.0%} "
            f"[{self.acceptable_low:.0%}, {self.acceptable_high:.0%}], nonsense {self.nonsense:.1%}, hedges {self.hedges:.0%}: "
            f"{'reached' if self.reaches else 'not reached'}"
        )


@dataclass(frozen=True)
class Fit:
    """The figures of all turns, by kind of client, by client and by counselor; `agreement` is Cohen's kappa of the readers
    over fits or acceptable.
    """

    whole: FitFigures
    kinds: tuple[FitFigures, ...]
    clients: tuple[FitFigures, ...]
    counselors: tuple[FitFigures, ...]
    agreement: float | None

    @property
    def difference(self) -> float:
        """Between the counselors with the highest and the lowest share of fits or acceptable."""
        shares = [figures.acceptable for figures in self.counselors]
        return max(shares) - min(shares)


def sheet(transcripts: Iterable[SessionTranscript]) -> list[SheetRow]:
    """A row for each line that answers a counselor's turn."""
    return [
        SheetRow(
            session=transcript.session, turn=index, client=transcript.client, counselor=transcript.counselor,
            before=tuple(f"{t.speaker}: {t.text}" for t in transcript.turns[max(0, index - 3) : index]),
            line=turn.text, hedge=bool(turn.rule and turn.rule.startswith("hedge")),
        )
        for transcript in transcripts
        for index, turn in enumerate(transcript.turns)
        if turn.speaker == "client" and index
    ]  # fmt: skip


def read_sheet(file: Path) -> list[SheetRow]:
    """The rows of a sheet. Raises RatingError naming the line."""
    rows = list[SheetRow]()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            rows.append(_ROW.validate_json(line))
        except ValidationError as error:
            raise RatingError(f"{file}, line {number} is no row of a sheet: {error.errors()[0]['msg']}.") from error
    return rows


def figures(first: Sequence[SheetRow], second: Sequence[SheetRow], kinds: Mapping[str, str] | None = None) -> Fit:
    """The figures of two readers' sheets. Raises RatingError where a row is not rated by both, or says something else in the
    two.

    kinds: of each client, `hybrid` or `client-led`; a client that it lacks is of no kind.
    """
    left, right = _by_turn(first), _by_turn(second)
    if set(left) != set(right) or not left:
        raise RatingError("the two sheets are not of the same turns; print one sheet and give both readers a copy.")
    if missing := [key for key in left if not left[key].rating or not right[key].rating]:
        raise RatingError(f"{len(missing)} turns lack a rating, the first is {missing[0][0]} turn {missing[0][1]}.")
    if changed := [key for key, row in left.items() if row.line != right[key].line]:
        raise RatingError(
            f"{changed[0][0]} turn {changed[0][1]} has another line in the second sheet: only `rating` is filled in."
        )
    pairs = {key: (row, right[key]) for key, row in left.items()}
    known = kinds or {}
    return Fit(
        _figures("all", list(pairs.values())),
        tuple(_figures(kind, rows) for kind, rows in _groups(pairs, lambda row: known.get(row.client, "")).items() if kind),
        tuple(_figures(name, rows) for name, rows in _groups(pairs, lambda row: row.client).items()),
        tuple(_figures(name, rows) for name, rows in _groups(pairs, lambda row: row.counselor).items()),
        _kappa([(_sound(a), _sound(b)) for a, b in pairs.values()]),
    )


def _by_turn(rows: Sequence[SheetRow]) -> dict[tuple[str, int], SheetRow]:
    return {(row.session, row.turn): row for row in rows}


def _groups(
    pairs: Mapping[tuple[str, int], tuple[SheetRow, SheetRow]], name: Callable[[SheetRow], str]
) -> dict[str, list[tuple[SheetRow, SheetRow]]]:
    groups = dict[str, list[tuple[SheetRow, SheetRow]]]()
    for pair in pairs.values():
        groups.setdefault(name(pair[0]), []).append(pair)
    return dict(sorted(groups.items()))


def _sound(row: SheetRow) -> bool:
    return row.rating in ("fits", "acceptable")


def _figures(group: str, pairs: Sequence[tuple[SheetRow, SheetRow]]) -> FitFigures:
    rated = [row for pair in pairs for row in pair]
    acceptable = float(np.mean([_sound(row) for row in rated]))
    limits = wilson(acceptable, len(pairs))
    return FitFigures(
        group, len(pairs), float(np.mean([row.rating == "fits" for row in rated])), acceptable, float(limits.low),
        float(limits.high), float(np.mean([row.rating == "nonsense" for row in rated])),
        float(np.mean([row.hedge for row in rated])),
    )  # fmt: skip


def _kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa of two yes/no readings; None where chance alone explains everything."""
    agreed = float(np.mean([a == b for a, b in pairs]))
    first, second = float(np.mean([a for a, _ in pairs])), float(np.mean([b for _, b in pairs]))
    chance = first * second + (1 - first) * (1 - second)
    return None if chance == 1 else (agreed - chance) / (1 - chance)
