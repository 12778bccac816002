"""Events that a child process sends to the process that started it, as JSON Lines on a separate stream.

$COUNSEL_EVENTS names the stream, a file or the end of a pipe. If it is not set, a person started the process and no events are
sent. Messages for people go to standard error, which no program reads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, JsonValue, TypeAdapter

from counsel_leaderboard.registry.common.closed import Closed

VARIABLE: Final = "COUNSEL_EVENTS"


class Ready(Closed):
    """A server is listening at `address`, a URL without a path."""

    event: Literal["ready"] = "ready"
    address: str


class Planned(Closed):
    """A task has built this number of requests."""

    event: Literal["planned"] = "planned"
    task: str
    requests: int


class ProgressEvent(Closed):
    """`done` of `total` calls have finished; `unscored` of those gave no verdict."""

    event: Literal["progress"] = "progress"
    task: str
    done: int
    total: int
    unscored: int


class Cost(Closed):
    """The estimated cost of the calls for `what`; `answered` of them are cached. Token counts are estimates."""

    event: Literal["cost"] = "cost"
    what: str
    calls: int
    answered: int
    tokens_read: int
    tokens_written: int
    characters_per_token: float
    most_written: int

    def line(self) -> str:
        """The estimate as a sentence."""
        return (
            f"{self.what} of {self.calls} calls, {self.answered} of them answered before: about {self.tokens_read:,} tokens to "
            f"read and {self.tokens_written:,} to write (estimated from {self.characters_per_token:g} characters a token; at "
            f"most {self.most_written} a verdict)"
        )


class Failed(Closed):
    """The process ends without a result; `message` gives the reason."""

    event: Literal["failed"] = "failed"
    message: str


class Refused(Closed):
    """What was sent breaks a rule: `error` is the class of the error, `field` and `rule` its own where it has them."""

    event: Literal["refused"] = "refused"
    error: str
    field: str = ""
    rule: str = ""
    message: str


class ParsedTask(Closed):
    """A task of a run that was read: its name and version, and how many samples it has."""

    name: str
    version: str
    samples: int


class ParsedRun(Closed):
    """A run folder was read and its tables are written: `files` maps each of its files to its SHA-256."""

    event: Literal["parsed_run"] = "parsed_run"
    run_id: str
    request: dict[str, JsonValue] | None
    files: dict[str, str]
    tasks: list[ParsedTask]


class Recomputed(Closed):
    """The scores of a run follow from its answers, and its items are those of the installed bank."""

    event: Literal["recomputed"] = "recomputed"
    samples: int


Event = Annotated[
    Ready | Planned | ProgressEvent | Cost | Failed | Refused | ParsedRun | Recomputed, Field(discriminator="event")
]
_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)


def send(event: Event) -> None:
    """Send an event in one write; does nothing without a stream. Raises OSError, for example if the reader has exited."""
    if stream := os.environ.get(VARIABLE):
        with Path(stream).open("ab", buffering=0) as out:
            out.write(f"{event.model_dump_json()}\n".encode())


def parse(line: str | bytes) -> Event:
    """Parse the event on a line. Raises ValueError for any other content, since both processes are of the same release."""
    return _EVENT.validate_json(line)


def read_events(file: Path) -> Iterator[Event]:
    """The complete events in a file so far; none if the file does not exist yet."""
    if file.exists():
        yield from (parse(line) for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n"))
