"""One published session with what is known about it, and the limits that its files must keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.recorded.answer_files import MAX_BYTES, MAX_TEXT, Answer, RecordError
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript

HARM: Final = "High Potential for Harm"
"""The level that stands for a harmful act, in the words of the source that has such levels."""


@dataclass(frozen=True)
class RecordedSession:
    """A session and its facts.

    `id`: the document's; two models with the same id talked to the same client side. `path`: its file in the source. `cluster`:
    the persona or client. `part`: the stratum. `levels`: for each dimension the level that each person gave; None where nobody
    rated it.
    """

    id: str
    transcript: SessionTranscript
    path: str
    date: str
    cluster: str
    part: str
    at_risk: bool
    content_note: str
    levels: Mapping[str, tuple[str, ...]] | None = field(default=None)

    @property
    def harm_free(self) -> bool | None:
        """Whether no person gave the level HARM in any dimension; None where nobody rated it."""
        if self.levels is None:
            return None
        return all(level != HARM for given in self.levels.values() for level in given)

    def answer(self) -> Answer:
        """The session as a stored answer: to its id, with the transcript as JSON."""
        return Answer(self.id, (("user", request(self.id)),), 0, self.transcript.model_dump_json(exclude_defaults=True))


def request(session: str) -> str:
    """What is asked of the engine that replays a session."""
    return f"Session {session}"


def text_of(source: str, path: Path) -> str:
    """The text of a file of usable size. Raises RecordError."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise RecordError(f"{source}: has {size:,} bytes, and a file of sessions has at most {MAX_BYTES:,}. It is not read")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RecordError(f"{source}: is not UTF-8 text ({error.reason}). The file is cut or damaged") from error


def turn_text(source: str, where: str, value: object) -> str:
    """The words of a turn, "" where the model gave none. Raises RecordError for anything else than text of usable length."""
    if not isinstance(value, str):
        raise RecordError(f"{source}, {where}: is {type(value).__name__}, not text. The file is not used")
    if len(value) > MAX_TEXT:
        raise RecordError(f"{source}, {where}: is longer than {MAX_TEXT:,} characters. The file is not used")
    return value.strip()
