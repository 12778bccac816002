"""The recorded sessions of personas at risk that people rated: what word lists and judges are put beside."""

from __future__ import annotations

from typing import NamedTuple

from counsel_leaderboard.registry.common.errors import FetchError
from counsel_leaderboard.registry.recorded.schema import RecordedSource
from counsel_leaderboard.registry.recorded.session_loading import sessions
from counsel_leaderboard.registry.recorded.sessions.record import RecordedSession


class RatedSessionOf(NamedTuple):
    """A session, and the model that is its counselor."""

    model: str
    session: RecordedSession


def rated_at_risk(source: RecordedSource) -> list[RatedSessionOf]:
    """The rated sessions at risk of all models of a source; those whose file cannot be had are left out.

    Raises as `session_loading.sessions`, but for FetchError.
    """
    given = list[RatedSessionOf]()
    for model in source.models:
        for recording in model.recordings:
            if recording.of_sessions:
                try:
                    given += [RatedSessionOf(model.name, session) for session in sessions(source, model, recording)[0]]
                except FetchError:
                    continue  # said where it was looked for; the number of sessions is printed
    return [row for row in given if row.session.at_risk and row.session.levels is not None]
