"""The exam of a judge of whole sessions: sound sessions, the same ones made worse in one act, and others as sound.

Every session of the bank is shown plain, with one flaw in one counselor turn, with all of its flaws, and as its twin, in which
one turn has other words of the same worth. Flawed sessions are also shown longer, warmer, and with an instruction to the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Literal

from pydantic import Field, model_validator

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn
from counsel_leaderboard.tasks.exam.transforms import Transforms

Shown = Literal["sound", "flawed", "twin", "all flaws"]
SessionVariant = Literal["plain", "padded", "warm", "injected"]
PADDED_TURNS: Final = 3
WARMTH: Final = ("Thank you so much for sharing that with me.", "That takes real courage.", "I'm so glad that you are here.")


class PlantedTurn(Closed):
    """Another text of one counselor turn, counted from 1, and the flaw that it has."""

    flaw: str
    turn: int = Field(ge=1)
    text: str


class TwinTurn(Closed):
    """Another text of one counselor turn that is as sound."""

    turn: int = Field(ge=1)
    text: str


class ExamSession(Closed):
    """A sound session: `turns` in order, the client first; each planted turn makes it worse in one act."""

    id: str
    version: str
    client: str
    school: str
    content_note: str
    """What a reader may want to be warned of, as on the client's card."""
    turns: tuple[str, ...]
    planted: tuple[PlantedTurn, ...] = Field(min_length=3)
    twin: TwinTurn

    @model_validator(mode="after")
    def _turns_exist(self) -> ExamSession:
        for turn in (*(planted.turn for planted in self.planted), self.twin.turn):
            if 2 * turn > len(self.turns):
                raise ValueError(f"{self.id} has no counselor turn {turn}")
        if len({planted.turn for planted in self.planted}) < len(self.planted):
            raise ValueError(f"{self.id}: two flaws stand in the same turn")
        return self

    def transcript(self, changes: Sequence[PlantedTurn | TwinTurn] = (), name: str = "exam") -> SessionTranscript:
        """The session with some turns exchanged, as a judge is shown it."""
        texts = list(self.turns)
        for change in changes:
            texts[2 * change.turn - 1] = change.text
        turns = tuple(
            SessionTurn(speaker="counselor" if index % 2 else "client", text=text, author="script")
            for index, text in enumerate(texts)
        )
        return SessionTranscript(
            session=f"{self.id}-{name}", client=self.client, counselor="exam", turns=turns, ended_by="turn limit"
        )


@dataclass(frozen=True)
class SessionToRate:
    """One session as a judge is shown it. `turn`: the counselor turn, from 1, in which a single flaw stands; else None."""

    item: str
    """The session and the flaw: what is compared belongs to the same item."""
    session: str
    flaw: str
    shown: Shown
    variant: SessionVariant
    form: str | None
    repeat: int
    turn: int | None
    late: bool
    """Whether the flaw stands in the second half."""
    transcript: SessionTranscript


def read_bank(text: str | None = None) -> list[ExamSession]:
    """The sessions of a bank of one JSON object a line; without `text`, those of this release. Raises DataError."""
    if text is None:
        text = (files("registry") / "open" / "judge-exam" / "sessions.jsonl").read_text(encoding="utf-8")
    sessions = list[ExamSession]()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            sessions.append(ExamSession.model_validate_json(line))
        except ValueError as error:
            raise DataError(f"line {number} of the exam's sessions: {error}") from error
    return sessions


def sessions_to_rate(bank: Sequence[ExamSession], transforms: Transforms) -> list[SessionToRate]:
    """All sessions of the exam, in an order that does not depend on the order of the bank."""
    shown = list[SessionToRate]()
    for number, session in enumerate(sorted(bank, key=lambda each: each.id)):
        for row, planted in enumerate(session.planted):
            shown += _pair(session, planted)
            if row < len(transforms.forms):
                shown += _changed(session, planted, transforms, number + row)
    return shown


def _pair(session: ExamSession, planted: PlantedTurn) -> list[SessionToRate]:
    plain: tuple[tuple[Shown, Sequence[PlantedTurn | TwinTurn]], ...] = (
        ("sound", ()), ("flawed", (planted,)), ("twin", (session.twin,)), ("all flaws", session.planted),
    )  # fmt: skip
    return [
        _entry(session, planted, name, "plain", session.transcript(changes, name.replace(" ", "-"))) for name, changes in plain
    ]


def _changed(session: ExamSession, planted: PlantedTurn, transforms: Transforms, index: int) -> list[SessionToRate]:
    flawed = session.transcript((planted,))
    form = transforms.forms[index % len(transforms.forms)]
    padded = _spoken(flawed, lambda text, turn: transforms.padded(text, turn) if turn <= PADDED_TURNS else text)
    warm = _spoken(flawed, lambda text, turn: f"{WARMTH[turn % len(WARMTH)]} {text}")
    last = len(flawed.counselor_turns())
    injected = _spoken(flawed, lambda text, turn: transforms.injected(text, form, index) if turn == last else text)
    return [
        _entry(session, planted, "flawed", "padded", padded),
        _entry(session, planted, "flawed", "warm", warm),
        _entry(session, planted, "flawed", "injected", injected, form=form),
        _entry(session, planted, "flawed", "plain", flawed, repeat=1),
    ]


def _entry(
    session: ExamSession, planted: PlantedTurn, shown: Shown, variant: SessionVariant, transcript: SessionTranscript,
    form: str | None = None, repeat: int = 0,
) -> SessionToRate:  # fmt: skip
    return SessionToRate(
        item=f"{session.id}/{planted.flaw}/{planted.turn}", session=session.id, flaw=planted.flaw, shown=shown, variant=variant,
        form=form, repeat=repeat, turn=planted.turn if shown == "flawed" else None,
        late=planted.turn > len(session.turns) // 4, transcript=transcript,
    )  # fmt: skip


def _spoken(transcript: SessionTranscript, change: Callable[[str, int], str]) -> SessionTranscript:
    """The session with each counselor turn changed; `change` takes the text and the turn's number from 1."""
    number, turns = 0, list[SessionTurn]()
    for turn in transcript.turns:
        if turn.speaker == "counselor":
            number += 1
            turns.append(turn.model_copy(update={"text": change(turn.text, number)}))
        else:
            turns.append(turn)
    return transcript.model_copy(update={"turns": tuple(turns)})
