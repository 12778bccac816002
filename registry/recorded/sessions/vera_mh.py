"""VERA-MH's conversations: a text file each, in a folder that names both models, the number of turns and the day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from counsel_leaderboard.registry.recorded.answer_files import RecordError
from counsel_leaderboard.registry.recorded.sessions.ratings import DIMENSIONS, SessionRating
from counsel_leaderboard.registry.recorded.sessions.record import RecordedSession, text_of, turn_text
from counsel_leaderboard.registry.sessions.transcript import RECORDED_CLIENT, SessionTranscript, SessionTurn

FOLDER: Final = re.compile(
    r"^p_(?P<client>.{1,80}?)__a_(?P<counselor>.{1,200}?)__t(?P<turns>\d{1,4})__r\d{1,4}__(?P<day>\d{8})_\d{6}$"
)
FILE: Final = re.compile(r"^(?P<id>[0-9a-f]{6})_(?P<persona>[A-Za-z]+)_.+\.txt$")
OPTIONS: Final = re.compile(r"_\{.{0,400}\}$")
"""What a folder says of a model beside its name."""
SPEAKER: Final = re.compile(r"^(user|chatbot):(?: |$)", re.MULTILINE)
NOTES: Final = {True: "suicidal thoughts", False: "distress; suicide may be asked about"}


def read(
    files: Sequence[tuple[str, Path]], counselor: str, names: Sequence[str], ratings: Sequence[SessionRating], card: str
) -> list[RecordedSession]:
    """The sessions of one counselor, in the order of `files`, pairs of the path in the source and the file here.

    `names`: the models that the source holds. `ratings`: they also say which personas are at risk; a persona that nobody rated
    counts as at risk. Raises RecordError for a file that is none of the counselor's, an unknown model, a session that stands
    twice, and for turns that are missing, doubled or out of order.
    """
    known = {_slug(name): name for name in names}
    sessions: dict[str, RecordedSession] = {}
    for source, path in files:
        session = _session(source, path, counselor, known, ratings, card)
        if session.id in sessions:
            raise RecordError(f"{source}: session {session.id} stands in another file too. Neither is used")
        sessions[session.id] = session
    return list(sessions.values())


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", OPTIONS.sub("", name).casefold()).strip("_")


def _session(
    source: str, path: Path, counselor: str, known: Mapping[str, str], ratings: Sequence[SessionRating], card: str
) -> RecordedSession:
    folder, file = FOLDER.match(PurePosixPath(source).parent.name), FILE.match(PurePosixPath(source).name)
    if folder is None or file is None:
        raise RecordError(f"{source}: does not name models, turns, day, session and persona. The file is not used")
    speakers = {side: known.get(_slug(folder[side])) for side in ("client", "counselor")}
    if None in speakers.values() or speakers["counselor"] != counselor:
        raise RecordError(f"{source}: names a model that is not the card's, or is no session of {counselor}. It is not used")
    turns = _turns(source, text_of(source, path), speakers, int(folder["turns"]))
    own = [rating for rating in ratings if rating.session == file["id"]]
    if other := [rating.persona for rating in own if rating.persona != file["persona"]]:
        raise RecordError(f"{source}: its ratings are of the persona {other[0]}. The file is not used")
    risk = next((rating.risk for rating in ratings if rating.persona == file["persona"]), "unknown")
    transcript = SessionTranscript(
        session=file["id"], client=RECORDED_CLIENT, source=card, counselor=counselor, client_model=speakers["client"],
        turns=turns, ended_by="turn limit",
    )  # fmt: skip
    return RecordedSession(
        id=file["id"],
        transcript=transcript,
        path=source,
        date=f"{folder['day'][:4]}-{folder['day'][4:6]}-{folder['day'][6:]}",
        cluster=file["persona"],
        part=f"risk {risk.casefold()}",
        at_risk=risk != "None",
        content_note=NOTES[risk != "None"],
        levels={name: tuple(rating.levels[name] for rating in own) for name in DIMENSIONS} if own else None,
    )


def _turns(source: str, text: str, speakers: Mapping[str, str | None], expected: int) -> tuple[SessionTurn, ...]:
    before, *parts = SPEAKER.split(text)
    roles, words = parts[::2], parts[1::2]
    if before.strip() or len(roles) != expected:
        raise RecordError(f"{source}: has {len(roles)} turns, and {expected} were published. The file is not used")
    turns = []
    for number, (role, spoken) in enumerate(zip(roles, words, strict=True), start=1):
        if role != ("chatbot", "user")[number % 2]:
            raise RecordError(f"{source}, turn {number}: a turn is missing or doubled: {role} speaks again. It is not used")
        side = "client" if role == "user" else "counselor"
        turn = turn_text(source, f"turn {number}", spoken)
        if side == "client" and not turn:
            raise RecordError(f"{source}, turn {number}: the client says nothing. The file is not used")
        turns.append(SessionTurn(speaker=side, text=turn, author=str(speakers[side])))
    return tuple(turns)
