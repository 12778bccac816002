"""A judge of acts beside clinicians: what it decided of recorded sessions, and Cohen's kappa with the people who rated them.

Each of the clinicians' dimensions stands beside acts (`DIMENSION_ACTS`). A dimension in which kappa is below
`word_agreement.LEAST` says nothing of the judge's verdicts there, so its column of them is hidden, everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.judges import word_agreement
from counsel_leaderboard.leaderboard.judges.families import kinship
from counsel_leaderboard.leaderboard.judges.qualification.exam_records import record_id, store
from counsel_leaderboard.leaderboard.judges.word_agreement import LEAST, WordHalf, WordVerdict
from counsel_leaderboard.leaderboard.runs.files import StorageError, first_problem
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.recorded.sessions.dimension_acts import DIMENSION_ACTS, is_good
from counsel_leaderboard.registry.sessions.session_acts import ActState

FOLDER: Final = Path("judges") / "clinicians"
WRITTEN: Final = "clinicians.json"
"""The file that the judge's process writes."""
Record = TypeVar("Record", bound=Closed)


class ReadSession(Closed):
    """The acts of one session as the judge read them; `counselor`: the model whose session it is."""

    session: str
    counselor: str
    acts: dict[str, ActState]


class ClinicianReading(Closed):
    """What the judge's process wrote."""

    model: str
    revision: str | None
    prompt_version: str
    rubric: str
    source: str
    sessions: tuple[ReadSession, ...]


class SharedSession(Closed):
    """The share of the sessions of one model that are good in a dimension, by the clinicians and by the judge."""

    counselor: str
    sessions: int
    people: float
    judge: float


class DimensionBeside(Closed):
    """One dimension. `unread`: sessions in which the judge's acts decide nothing."""

    dimension: str
    acts: tuple[str, ...]
    agreement: WordHalf
    unread: int
    models: tuple[SharedSession, ...]

    @property
    def shown(self) -> bool:
        """Whether the judge's verdicts in this dimension may be shown."""
        return self.agreement.kappa is not None and self.agreement.kappa >= LEAST


class ClinicianAgreement(Closed):
    """The judge as runs name it, the source whose sessions it read, and its agreement in each dimension.

    `own_family`: sessions that are left out, since the judge is of their counselor's family.
    """

    model: str
    revision: str | None
    prompt_version: str
    rubric: str
    source: str
    own_family: int
    dimensions: tuple[DimensionBeside, ...]

    @property
    def id(self) -> str:
        """The name of its file: the hash of judge, prompt version, rubric and source."""
        return record_id(self.model_dump(exclude={"own_family", "dimensions"}))

    def columns(self) -> tuple[DimensionBeside, ...]:
        """The dimensions whose verdicts may be shown."""
        return tuple(row for row in self.dimensions if row.shown)

    def lines(self) -> list[str]:
        """The figures for a terminal, a line each."""
        rows = [line for row in self.dimensions for line in _lines(row)]
        left_out = [f"{self.own_family} sessions of the judge's own family are left out."] if self.own_family else []
        return [
            f"{self.model} beside the clinicians who rated {self.source}, sessions at risk",
            *rows,
            *left_out,
            f"A column of the judge's verdicts is shown where kappa is at least {LEAST:.2f}.",
            "Each interval leaves out one session at a time.",
        ]


def _lines(row: DimensionBeside) -> list[str]:
    models = "; ".join(
        f"{each.counselor} {each.judge:.2f} (clinicians {each.people:.2f}, {each.sessions} sessions)" for each in row.models
    )
    shown = models or "no session decided" if row.shown else "hidden"
    return [word_agreement.line(row.agreement), f"    {', '.join(row.acts)}; undecided in {row.unread}; good: {shown}"]


class PersonsLevel(Closed):
    """What one clinician said of one session in one dimension; `good`: not the level that stands for harm."""

    session: str
    dimension: str
    good: bool


def agreement(reading: ClinicianReading, people: Sequence[PersonsLevel]) -> ClinicianAgreement:
    """A judge's reading beside the people's, a pair for each clinician of a session."""
    others = [session for session in reading.sessions if kinship(session.counselor, reading.model) is None]
    return ClinicianAgreement(
        model=reading.model, revision=reading.revision, prompt_version=reading.prompt_version, rubric=reading.rubric,
        source=reading.source, own_family=len(reading.sessions) - len(others),
        dimensions=tuple(_dimension(name, others, people) for name in DIMENSION_ACTS),
    )  # fmt: skip


def _dimension(name: str, sessions: Sequence[ReadSession], people: Sequence[PersonsLevel]) -> DimensionBeside:
    acts = DIMENSION_ACTS[name]
    decided = {session.session: is_good(name, session.acts) for session in sessions}
    given = {session: good for session, good in decided.items() if good is not None}
    rated = [row for row in people if row.dimension == name and row.session in given]
    pairs = [WordVerdict(session=row.session, words=given[row.session], person=row.good) for row in rated]
    return DimensionBeside(
        dimension=name,
        acts=(*acts.any_of, *(f"no {act}" for act in acts.none_of)),
        agreement=word_agreement.half(name, pairs),
        unread=len(decided) - len(given),
        models=tuple(_shares(sessions, rated, given)),
    )


def _shares(
    sessions: Sequence[ReadSession], rated: Sequence[PersonsLevel], given: Mapping[str, bool]
) -> Iterable[SharedSession]:
    for counselor in sorted({session.counselor for session in sessions}):
        own = {session.session for session in sessions if session.counselor == counselor and session.session in given}
        levels = [row.good for row in rated if row.session in own]
        if levels:
            people, judge = sum(levels) / len(levels), sum(given[name] for name in own) / len(own)
            yield SharedSession(counselor=counselor, sessions=len(own), people=people, judge=judge)


def read(folder: Path) -> ClinicianReading:
    """What a judge read, as its process wrote it into `folder`. Raises StorageError."""
    return _parsed(ClinicianReading, folder / WRITTEN)


def write(home: Path, card: ClinicianAgreement) -> Path:
    """Store the card, replacing an older one of the same judge and source; its file. Raises StorageError."""
    return store(home / FOLDER / f"{card.id}.json", card)


def cards(home: Path) -> tuple[ClinicianAgreement, ...]:
    """The stored cards by judge. Raises StorageError for a file that is none."""
    given = [_parsed(ClinicianAgreement, file) for file in (home / FOLDER).glob("[!.]*.json")]
    return tuple(sorted(given, key=lambda card: (card.model, card.id)))


def _parsed(kind: type[Record], file: Path) -> Record:
    try:
        return kind.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise StorageError(f"{file}: is no reading of rated sessions ({first_problem(error)}). Move it away.") from error
