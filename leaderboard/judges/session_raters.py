"""How well the people agree who rated whole sessions, by dimension: what a judge of sessions is measured beside.

Three figures, since each alone misleads: the raw agreement of two raters, Krippendorff's alpha (nominal), and Gwet's AC1. The
95% interval leaves out one persona at a time. No figure is pooled over dimensions, and none is a threshold for a judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from counsel_leaderboard.leaderboard.judges.word_agreement import WordAgreement
from counsel_leaderboard.leaderboard.statistics.agreement import alpha_of, coincidences, gwet_ac1, raw_agreement
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.jackknife import half_width
from counsel_leaderboard.leaderboard.statistics.score_matrix import Floats
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.closed import Closed

FOLDER: Final = Path("judges") / "session-raters"
FEWEST_CLUSTERS: Final = 10
"""Fewer give no interval."""
ALIKE: Final = 0.75
"""From this raw agreement on, an alpha that is far below AC1 says that the ratings have no spread."""
FAR: Final = 0.25
NO_POOL: Final = (
    "The 95% intervals leave out one persona at a time. No figure is pooled over dimensions, and none is a bar that a judge "
    "must pass."
)


class RatedSession(Closed):
    """One session, the persona in it, and for each dimension the level that each rater gave."""

    session: str
    persona: str
    levels: dict[str, tuple[str, ...]]


class Figure(Closed):
    """A coefficient and its 95% limits; null where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


class DimensionAgreement(Closed):
    """One dimension of one group of raters. `common`: the share of the level that was given most often."""

    dimension: str
    sessions: int
    ratings: int
    common: float
    raw: Figure
    alpha: Figure
    ac1: Figure

    def meaning(self) -> str:
        """What the figures mean together, in a sentence."""
        raw, alpha, ac1 = self.raw.value, self.alpha.value, self.ac1.value
        if raw is None or alpha is None or ac1 is None:
            return "All ratings are alike, so there is nothing to agree about."
        if raw >= ALIKE and ac1 - alpha >= FAR:
            return (
                f"Two raters agree {raw:.0%} of the time and {self.common:.0%} of the ratings are one level: alpha is low "
                "because the ratings have little spread, not because people disagree."
            )
        return f"Two raters agree {raw:.0%} of the time; chance is taken off in alpha and AC1."


class RaterGroup(Closed):
    """A group of raters, such as clinicians, with its agreement in each dimension."""

    name: str
    raters: int
    dimensions: tuple[DimensionAgreement, ...]


class SessionRatersCard(Closed):
    """The raters of a source's sessions: card and commit of the source, and its groups."""

    source: str
    revision: str | None
    groups: tuple[RaterGroup, ...]
    words: WordAgreement | None = None
    """A list of words beside these people; None where it could not be read."""


def group(name: str, raters: int, sessions: Sequence[RatedSession], levels: Sequence[str]) -> RaterGroup:
    """The agreement of a group. `levels`: those that could be given, also where nobody gave one."""
    dimensions = dict.fromkeys(dimension for session in sessions for dimension in session.levels)
    return RaterGroup(
        name=name, raters=raters, dimensions=tuple(_dimension(dimension, sessions, levels) for dimension in dimensions)
    )  # fmt: skip


def judge_group(
    judge: str, sessions: Sequence[RatedSession], verdicts: Mapping[str, Mapping[str, str]], levels: Sequence[str]
) -> RaterGroup:
    """A judge beside the people: every pair of its verdict and one person's level is a unit, so that a judge that rates like
    one more of these people reaches their own alpha.

    `verdicts`: session -> dimension -> level; sessions and dimensions without one do not count.
    """
    pairs = [
        RatedSession(session=session.session, persona=session.persona, levels={name: (level, verdict)})
        for session in sessions
        for name, given in session.levels.items()
        if (verdict := verdicts.get(session.session, {}).get(name)) is not None
        for level in given
    ]
    return group(f"{judge} with people", 1, pairs, levels)


def _dimension(dimension: str, sessions: Sequence[RatedSession], levels: Sequence[str]) -> DimensionAgreement:
    rated = [session for session in sessions if len(session.levels.get(dimension, ())) > 1]
    distinct = {session.session for session in rated}
    counts = np.array([[session.levels[dimension].count(level) for level in levels] for session in rated], dtype=np.float64)
    counts = counts.reshape(len(rated), len(levels))
    personas = np.array([session.persona for session in rated])
    total = counts.sum()
    return DimensionAgreement(
        dimension=dimension, sessions=len(distinct), ratings=int(total),
        common=float(counts.sum(axis=0).max() / total) if total else 0.0,
        raw=_figure(raw_agreement, counts, personas),
        alpha=_figure(_alpha, counts, personas),
        ac1=_figure(gwet_ac1, counts, personas),
    )  # fmt: skip


def _alpha(counts: Floats) -> float:
    return alpha_of(coincidences(counts).sum(axis=0), np.arange(counts.shape[1], dtype=np.float64), "nominal")


def _figure(statistic: Callable[[Floats], float], counts: Floats, personas: np.ndarray) -> Figure:
    try:
        value = statistic(counts)
        clusters = np.unique(personas)
        half = None
        if len(clusters) >= FEWEST_CLUSTERS:
            half = half_width(np.array([statistic(counts[personas != cluster]) for cluster in clusters]))
    except RankingError:
        return Figure(value=None, low=None, high=None)
    if half is None:
        return Figure(value=value, low=None, high=None)
    return Figure(value=value, low=value - half, high=min(value + half, 1.0))


def save(card: SessionRatersCard, home: Path) -> Path:
    """Write the card into the home folder, in the place of an older one of the same source."""
    path = home / FOLDER / f"{card.source}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, card.model_dump_json(indent=1) + "\n")
    return path


def text(card: SessionRatersCard) -> str:
    """The card for a terminal: a table for each group, and what each dimension's figures mean."""
    lines = [f"{card.source} at {card.revision or 'no recorded commit'}: people's ratings of whole sessions"]
    for own in card.groups:
        lines += ["", f"{own.name} ({own.raters} raters)", f"{'':12}  {'raw':20}  {'alpha':20}  {'AC1':20}  sessions"]
        for row in own.dimensions:
            figures = "  ".join(f"{_shown(figure):20}" for figure in (row.raw, row.alpha, row.ac1))
            lines += [f"{row.dimension:12}  {figures}  {row.sessions}", f"{'':12}  {row.meaning()}"]
    own_words = ["", *card.words.lines()] if card.words is not None else []
    return "\n".join([*lines, "", NO_POOL, *own_words])


def _shown(figure: Figure) -> str:
    if figure.value is None:
        return "not defined"
    return f"{figure.value:.3f}" + ("" if figure.low is None else f" [{figure.low:.2f}, {figure.high:.2f}]")


def cards(home: Path) -> tuple[SessionRatersCard, ...]:
    """The cards of a home folder, by name of the source."""
    return tuple(SessionRatersCard.model_validate_json(path.read_bytes()) for path in sorted((home / FOLDER).glob("*.json")))
