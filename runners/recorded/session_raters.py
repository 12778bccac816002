"""The card of the people who rated a source's sessions, from its published ratings."""

from __future__ import annotations

from pathlib import Path

from counsel_leaderboard.leaderboard.judges import session_raters
from counsel_leaderboard.leaderboard.judges.session_raters import RatedSession, SessionRatersCard
from counsel_leaderboard.registry import card, recorded
from counsel_leaderboard.registry.recorded.session_loading import ratings
from counsel_leaderboard.registry.recorded.sessions.ratings import DIMENSIONS, LEVELS, SessionRating
from counsel_leaderboard.runners.recorded import word_lists


def card_of(name: str) -> SessionRatersCard | None:
    """The card of the source of that name, None where nobody rated its sessions. Raises CounselError."""
    source = recorded.source(name)
    given = ratings(source)
    if not given:
        return None
    groups = {"clinicians": [rating for rating in given if rating.clinician], "clinicians and experts": given}
    return SessionRatersCard(
        source=source.card,
        revision=card(source.card).source.revision,
        groups=tuple(
            session_raters.group(title, len({rating.rater for rating in part}), rated(part), LEVELS)
            for title, part in groups.items()
        ),
        words=word_lists.agreement(source, given),
    )


def rated(given: list[SessionRating]) -> list[RatedSession]:
    """The sessions with what each person said of them, in the order of the file."""
    by_session: dict[str, list[SessionRating]] = {}
    for rating in given:
        by_session.setdefault(rating.session, []).append(rating)
    return [
        RatedSession(
            session=name,
            persona=own[0].persona,
            levels={dimension: tuple(rating.levels[dimension] for rating in own) for dimension in DIMENSIONS},
        )
        for name, own in by_session.items()
    ]


def write(name: str, home: Path) -> None:
    """Measure and store the card of a source, where people rated its sessions. Raises CounselError."""
    if (measured := card_of(name)) is not None:
        session_raters.save(measured, home)
