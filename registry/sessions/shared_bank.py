"""What all clients share: the bank of stock questions, and short reactions by register."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import yaml
from pydantic import Field, ValidationError

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded
from counsel_leaderboard.registry.sessions.client_card import Cue, HedgeType, Identifier, Register
from counsel_leaderboard.registry.sessions.reading.open_questions import OpenAim
from counsel_leaderboard.registry.sessions.reading.question_forms import QuestionForm, YesNoKind

CLIENTS: Final = Path(__file__).parents[1] / "open" / "clients"

ReactionKind = Literal[
    "acknowledge",
    "to warmth",
    "to advice",
    "to list",
    "to information",
    "to several questions",
    "to silence",
    "to nonsense",
    "to same again",
    "to wrong role",
]


class StockQuestion(Closed):
    """A question that counselors ask whoever sits there."""

    id: Identifier
    asks: Literal["open question", "closed question"]
    meaning: str
    paraphrases: Annotated[tuple[Cue, ...], Field(min_length=15)]
    held_out: Annotated[tuple[Cue, ...], Field(min_length=2)]

    @property
    def hedge(self) -> HedgeType:
        """Which of a client's hedges evades it."""
        return self.asks


class StockBank(Closed):
    """The stock questions, and the prompts that only ask for more."""

    prompts: tuple[str, ...]
    questions: tuple[StockQuestion, ...]


class CbtQuestion(Closed):
    """A question of a CBT session that client-led sides answer."""

    id: Identifier
    meaning: str
    paraphrases: Annotated[tuple[Cue, ...], Field(min_length=6)]


class CbtBank(Closed):
    """The questions of a CBT session beside the stock questions."""

    questions: tuple[CbtQuestion, ...]


class Reaction(Closed):
    """A few words that any client of these registers may say."""

    kind: ReactionKind
    registers: tuple[Register, ...]
    text: str


class ReactionBank(Closed):
    """All reactions, in the order in which they are used."""

    reactions: tuple[Reaction, ...]

    def of(self, kind: ReactionKind, register: Register) -> tuple[str, ...]:
        """The texts of a kind for a register."""
        return tuple(reaction.text for reaction in self.reactions if reaction.kind == kind and register in reaction.registers)


class ShortAnswers(Closed):
    """Mild answers to questions for a yes or a no that begin alike, for clients of these registers."""

    to: YesNoKind
    registers: tuple[Register, ...]
    texts: Annotated[tuple[str, ...], Field(min_length=1)]


class ShortAnswerBank(Closed):
    """All mild answers, in the order in which they are used."""

    short_answers: tuple[ShortAnswers, ...]

    def of(self, kind: YesNoKind, register: Register) -> tuple[str, ...]:
        """The texts for a kind and a register."""
        groups = (group for group in self.short_answers if group.to == kind and register in group.registers)
        return tuple(text for group in groups for text in group.texts)


class OpenAnswers(Closed):
    """Mild answers to open questions that are after the same, for clients of these registers."""

    to: OpenAim
    registers: tuple[Register, ...]
    texts: Annotated[tuple[str, ...], Field(min_length=1)]


class Bridges(Closed):
    """Words that lead from an answer to something else, for clients of these registers."""

    registers: tuple[Register, ...]
    texts: Annotated[tuple[str, ...], Field(min_length=1)]


class OpenAnswerBank(Closed):
    """All mild answers to open questions, and the bridges, in the order in which they are used."""

    open_answers: tuple[OpenAnswers, ...]
    bridges: tuple[Bridges, ...]

    def of(self, aim: OpenAim, register: Register) -> tuple[str, ...]:
        """The texts for what is asked and a register."""
        groups = (group for group in self.open_answers if group.to == aim and register in group.registers)
        return tuple(text for group in groups for text in group.texts)

    def bridges_of(self, register: Register) -> tuple[str, ...]:
        """The bridges of a register."""
        return tuple(text for group in self.bridges if register in group.registers for text in group.texts)


class PutOffs(Closed):
    """Words that put a question of these forms off, for clients of these registers."""

    forms: tuple[QuestionForm | Literal["any"], ...]
    registers: tuple[Register, ...]
    texts: Annotated[tuple[str, ...], Field(min_length=1)]


class PutOffBank(Closed):
    """All words that put a question off, in the order in which they are used."""

    put_offs: tuple[PutOffs, ...]

    def of(self, form: QuestionForm, register: Register) -> tuple[str, ...]:
        """The texts for a form and a register: those of the form first, then those that fit every form."""
        mine = [group for group in self.put_offs if register in group.registers]
        narrow = sorted((group for group in mine if form in group.forms), key=lambda group: len(group.forms))
        return tuple(text for group in (*narrow, *(g for g in mine if "any" in g.forms)) for text in group.texts)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file. Raises DataError naming the file and the line."""
    try:
        return load_bounded(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{path} cannot be read as YAML: {error}. Correct the file and try again.") from error


def first_fault(error: ValidationError) -> str:
    """The first thing that is wrong, with its field."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "the file"
    return f"{field}: {first['msg']}"


@cache
def stock_bank() -> StockBank:
    """The stock questions of this release. Raises DataError."""
    return _read(CLIENTS / "stock_questions.yaml", StockBank)


@cache
def cbt_bank() -> CbtBank:
    """The questions of a CBT session, of this release. Raises DataError."""
    return _read(CLIENTS / "cbt_questions.yaml", CbtBank)


@cache
def reaction_bank() -> ReactionBank:
    """The reactions of this release. Raises DataError."""
    return _read(CLIENTS / "reactions.yaml", ReactionBank)


@cache
def short_answer_bank() -> ShortAnswerBank:
    """The mild answers, of this release. Raises DataError."""
    return _read(CLIENTS / "short_answers.yaml", ShortAnswerBank)


@cache
def open_answer_bank() -> OpenAnswerBank:
    """The mild answers to open questions, of this release. Raises DataError."""
    return _read(CLIENTS / "open_answers.yaml", OpenAnswerBank)


@cache
def put_off_bank() -> PutOffBank:
    """The words that put a question off, of this release. Raises DataError."""
    return _read(CLIENTS / "put_offs.yaml", PutOffBank)


Model = TypeVar("Model", bound=Closed)


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        raise DataError(f"{path} is not what clients share: {first_fault(error)}.") from error
