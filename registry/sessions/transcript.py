"""One counseling session as it is stored and shown: turns in order, and what is known about how each came to be.

The session server writes these transcripts as JSON into a message's content, recorded conversations are turned into them,
and the store, the metrics and the pages read nothing else.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from counsel_leaderboard.registry.common.closed import Closed

RECORDED_CLIENT = "recorded"
"""The `client` of a session that somebody else played and published."""

Count = Annotated[int, Field(ge=0)]


class SessionTurn(Closed):
    """One turn. A turn that somebody wrote without a model has no tokens, no finish reason and no milliseconds."""

    speaker: Literal["client", "counselor"]
    text: str
    author: str
    """Who wrote the words: a model's name, `script`, or `person`."""
    rule: str | None = None
    """Which rule of the client's script chose this line."""
    tokens: Count | None = None
    finish_reason: str | None = None
    milliseconds: Count | None = None


class Disclosure(Closed):
    """A hidden fact of the client, and the index of the turn (from 0) in which the client told it."""

    fact: str
    turn: Count


class SessionTranscript(Closed):
    """A session with its turns in order."""

    schema_version: Literal[1] = 1
    session: str
    """Unique within its source or bank."""
    client: str
    """The client card's id, or `recorded`."""
    source: str | None = None
    """For a recorded session, the card it comes from."""
    counselor: str
    """The model, bot or person whose turns are measured."""
    client_model: str | None = None
    """The model that words the client's lines; None where the script's own wording is used."""
    turns: tuple[SessionTurn, ...]
    disclosed: tuple[Disclosure, ...] = ()
    ended_by: Literal["client", "counselor", "turn limit", "failure", "unknown"]
    failure: str | None = None
    """Why the session ended early, where it did; the turns so far are above."""

    def counselor_turns(self) -> tuple[SessionTurn, ...]:
        """The turns that are measured, in order."""
        return tuple(turn for turn in self.turns if turn.speaker == "counselor")


class TranscriptError(ValueError):
    """A text is no session transcript; the message says which field is wrong."""


def read_transcript(text: str) -> SessionTranscript:
    """The transcript that `text` (JSON) holds. Raises TranscriptError naming the first field that is wrong."""
    try:
        return SessionTranscript.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole text"
        raise TranscriptError(f"This is no session transcript: {field}: {first['msg']}.") from error
