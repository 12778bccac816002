"""What a child process of ours says to the one that started it: one JSON object a line, on a stream of its own.

$COUNSEL_EVENTS names the stream, a file or a pipe's end; without it a process was started by a person, and nothing is said.
What is meant for people goes to standard error as before; no program reads it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

VARIABLE: Final = "COUNSEL_EVENTS"


class _EventModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ready(_EventModel):
    """A server listens at `address`, without path."""

    event: Literal["ready"] = "ready"
    address: str


class Planned(_EventModel):
    """A task built that many requests."""

    event: Literal["planned"] = "planned"
    task: str
    requests: int


class Progress(_EventModel):
    """`done` of `total` calls; `unscored` of the done ones gave no verdict."""

    event: Literal["progress"] = "progress"
    task: str
    done: int
    total: int
    unscored: int


class Cost(_EventModel):
    """What the calls of `what` would take; `answered` of them are kept from before. Tokens are estimates."""

    event: Literal["cost"] = "cost"
    what: str
    calls: int
    answered: int
    tokens_read: int
    tokens_written: int
    characters_per_token: float
    most_written: int

    def line(self) -> str:
        """For people."""
        return (
            f"{self.what} of {self.calls} calls, {self.answered} of them answered before: about {self.tokens_read:,} tokens to "
            f"read and {self.tokens_written:,} to write (estimated from {self.characters_per_token:g} characters a token; at "
            f"most {self.most_written} a verdict)"
        )


class Failed(_EventModel):
    """The process ends without a result; `message` says why, in this project's words."""

    event: Literal["failed"] = "failed"
    message: str


Event = Annotated[Ready | Planned | Progress | Cost | Failed, Field(discriminator="event")]
_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)


def tell(event: Event) -> None:
    """Say it, in one write; nothing where no one listens. Raises OSError, as where the listener is gone."""
    if stream := os.environ.get(VARIABLE):
        with Path(stream).open("ab", buffering=0) as out:
            out.write(f"{event.model_dump_json()}\n".encode())


def heard(line: str | bytes) -> Event:
    """The event in a line. Raises ValueError where it is none: both processes are of one release."""
    return _EVENT.validate_json(line)


def written(file: Path) -> Iterator[Event]:
    """The events in a file so far, without one that is still being written; none where there is no file yet."""
    if file.exists():
        yield from (heard(line) for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n"))
