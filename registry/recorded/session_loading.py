"""The sessions of one recorded model, and what people said of the sessions of a source, read from checked files."""

from __future__ import annotations

from counsel_leaderboard.registry.cards.catalog import card, files_of
from counsel_leaderboard.registry.recorded.catalog import find
from counsel_leaderboard.registry.recorded.schema import RecordedModel, RecordedSource, Recording
from counsel_leaderboard.registry.recorded.sessions import invisiblebench, vera_mh
from counsel_leaderboard.registry.recorded.sessions import ratings as people
from counsel_leaderboard.registry.recorded.sessions.ratings import SessionRating
from counsel_leaderboard.registry.recorded.sessions.record import RecordedSession
from counsel_leaderboard.registry.sources.files import locate
from counsel_leaderboard.registry.sources.loading import require_split


def sessions(
    source: RecordedSource, model: RecordedModel, recording: Recording
) -> tuple[list[RecordedSession], dict[str, str]]:
    """The sessions that are used, and those that are left out by name, each with the reason.

    Raises as `registry.sources.files.locate`, and RecordError for a file that is not what was published.
    """
    card_ = card(source.card)
    files = [(file.path, locate(card_, file)) for file in files_of(card_, require_split(card_, recording.split))]
    if recording.format == "vera-mh":
        names = [other.name for other in source.models]
        given = vera_mh.read(files, model.name, names, ratings(source), source.card)
    else:
        given = [session for path, file in files for session in invisiblebench.read(path, file, model.name, source.card)]
    used = [session for session in given if session.id not in source.left_out]
    return used, {session.id: source.left_out[session.id] for session in given if session not in used}


def sessions_of(name: str, task: str) -> tuple[list[RecordedSession], dict[str, str]]:
    """As `sessions`, of SOURCE/MODEL in a task. Raises CardError for an unknown name, or a task without sessions."""
    _, source, model = find(name)
    recording = next(recording for recording in model.recordings if recording.task == task and recording.of_sessions)
    return sessions(source, model, recording)


def ratings(source: RecordedSource) -> list[SessionRating]:
    """What people said of the source's sessions; nothing where the source has no ratings. Raises as `sessions`."""
    if source.ratings is None:
        return []
    card_ = card(source.card)
    (file,) = files_of(card_, require_split(card_, source.ratings))
    return people.read(file.path, locate(card_, file))
