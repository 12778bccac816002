"""The closed schema of a dataset card (`registry/datasets/<name>.yaml`)."""

from __future__ import annotations

import datetime
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from counsel_leaderboard.registry.cards.vocabulary import (
    Access,
    ConsentBasis,
    Deidentification,
    Evidence,
    LicenceName,
    Origin,
    OverlapKind,
    Redistribute,
    Shape,
    SourceKind,
    Standing,
    Use,
)
from counsel_leaderboard.registry.common.closed import Closed


def _inside(path: str) -> str:
    """The path itself, if it can only name something below a folder; ValueError otherwise."""
    pure = PurePosixPath(path)
    if (
        pure.is_absolute()
        or ".." in pure.parts
        or "\\" in path
        or path[1:2] == ":"
        or "\0" in path
        or str(pure) != path
        or path == "."
    ):
        raise ValueError(f"{path!r} must be a plain relative path with forward slashes and without '..'")
    return path


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Fingerprint = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
Url = Annotated[str, StringConstraints(pattern=r"^(https://|http://127\.0\.0\.1:)[^\s]+$")]
RepoId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$")]
Language = Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3}|unknown)$")]
TaskName = Annotated[str, StringConstraints(pattern=r"^counsel_[a-z_]+$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
RelativePath = Annotated[str, AfterValidator(_inside)]
SplitName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Source(Closed):
    """Where the bytes come from; `id` is `owner/name` on the Hub or in a code host, the folder name of a bank."""

    kind: SourceKind
    id: Text
    url: Url | None = None
    revision: Commit | None = None


class DataFile(Closed):
    """One file of a split, by its path in the source."""

    path: RelativePath
    sha256: Sha256 | None = None


class Split(Closed):
    """One split: its files, or a pattern that `counsel data lock` turns into the list beside the card.

    Of an archive (.zip, .tar, .tar.gz, .tgz) the members that match `members` are read. `shape` names the reader
    (registry.sources.readers) that gives the rows; `rows` and `fingerprint` are what it gave when locked.
    """

    name: SplitName
    shape: Shape = "rows"
    files: tuple[DataFile, ...] = ()
    pattern: Text | None = None
    members: Text | None = None
    rows: int | None = Field(default=None, ge=0)
    fingerprint: Fingerprint | None = None

    @model_validator(mode="after")
    def _files_or_pattern(self) -> Split:
        if bool(self.files) == (self.pattern is not None):
            raise ValueError(f"split {self.name!r} needs either files or a pattern, and not both")
        return self


class Licence(Closed):
    """A licence, and how we know."""

    name: LicenceName
    evidence: Evidence
    note: str = ""

    @model_validator(mode="after")
    def _none_is_none_found(self) -> Licence:
        if (self.name == "none") != (self.evidence == "none found"):
            raise ValueError("licence 'none' goes with evidence 'none found', and only with it")
        return self


class Licences(Closed):
    """Licence of the text and of the code that comes with it: owners differ, and so may these."""

    text: Licence
    code: Licence


class Consent(Closed):
    """On what basis the text of these people is used."""

    basis: ConsentBasis
    note: str = ""


class Deidentified(Closed):
    """What was done so that nobody can be identified."""

    state: Deidentification
    note: str = ""


class Overlap(Closed):
    """Text shared with another dataset: a card of this registry, or an `external` collection without one."""

    dataset: Text
    kind: OverlapKind
    note: Text
    external: bool = False


class DatasetCard(Closed):
    """What is known of one dataset. "unknown" marks a fact that was not found; nothing is guessed."""

    name: Slug
    title: Text
    summary: Text
    citation: Text | Literal["unknown"]
    homepage: Url | None = None
    source: Source
    mirror: RelativePath | None = None
    notice: DataFile | None = None
    """The file of the source whose text must travel with its data: licence, notice, disclaimer. It is read when it is shown."""
    licence: Licences
    owner: Text
    consent: Consent
    origin: Origin
    drafted_by_family: Text | None = None
    """Family of the language model that drafted the items, where one did."""
    deidentification: Deidentified
    languages: tuple[Language, ...] = Field(min_length=1)
    size: Text
    splits: tuple[Split, ...] = ()
    columns: tuple[Text, ...] = ()
    access: Access
    permitted_uses: tuple[Use, ...] = Field(min_length=1)
    redistribute: Redistribute
    redistribute_reason: Text
    tasks: tuple[TaskName, ...] = ()
    use: Text
    known_problems: tuple[Text, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    superseded_by: Slug | None = None
    standing: Standing
    checked: datetime.date

    @model_validator(mode="after")
    def _consistent(self) -> DatasetCard:
        names = [split.name for split in self.splits]
        if len(set(names)) != len(names):
            raise ValueError("two splits have the same name")
        if self.source.kind == "web" and self.splits:
            raise ValueError("a dataset behind a web page has no splits that this program could load")
        if self.source.kind == "repository" and self.source.url is None:
            raise ValueError("a repository source needs its url")
        if "unknown" in self.permitted_uses and len(self.permitted_uses) > 1:
            raise ValueError("permitted_uses is either ['unknown'] or a list of known uses")
        return self

    def split(self, name: str) -> Split | None:
        """The split of that name, or None."""
        return next((split for split in self.splits if split.name == name), None)
