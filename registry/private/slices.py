"""A private slice: items that nobody has seen, committed to by hash before use and revealed when their period is over.

Published at once is the commitment: for each item the SHA-256 of a random salt and the item, so that nobody can guess an item
and confirm it. Published later are items and salts, and anyone can check that they are the ones that were used. Each commitment
holds the digest of the one before it for the same bank, so that a history cannot be rewritten in the middle.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from counsel_leaderboard.registry.cards.schema import Sha256, Slug
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.common.hashing import canonical

Row = dict[str, Any]


class PrivateError(DataError):
    """A private slice that breaks a rule; nothing was written."""


class Period(Closed):
    """From the first day on which a slice is used to the last, both in UTC."""

    first: datetime.date
    last: datetime.date

    @model_validator(mode="after")
    def _ordered(self) -> Period:
        if self.last < self.first:
            raise ValueError("a period ends no earlier than it begins")
        return self

    def overlaps(self, other: Period) -> bool:
        """Whether a day lies in both."""
        return self.first <= other.last and other.first <= self.last


class Commitment(Closed):
    """What is published when a slice goes into use: no item, no id, only hashes in the order of the items."""

    bank: Slug
    period: Period
    items: Annotated[tuple[Sha256, ...], Field(min_length=1)]
    previous: Sha256 | None = None

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.bank}-{self.period.first.isoformat()}"

    @property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of the canonical JSON."""
        return hashlib.sha256(canonical(self.model_dump(mode="json")).encode()).hexdigest()


class Opening(Closed):
    """What proves a commitment: the items and their salts. Secret until the period is over."""

    salts: tuple[Sha256, ...]
    rows: tuple[dict[str, Any], ...]


def seal(row: Mapping[str, Any], salt: str) -> str:
    """Hexadecimal SHA-256 of the salt, a newline and the canonical JSON of the item."""
    return hashlib.sha256(f"{salt}\n{canonical(row)}".encode()).hexdigest()


def commit(rows: Sequence[Row], bank: str, period: Period, previous: str | None = None) -> tuple[Commitment, Opening]:
    """A commitment to these items and the opening to keep secret; the salts are drawn anew each time.

    Raises PrivateError for no items, one without an id, or two with one id.
    """
    ids = [row.get("id") for row in rows]
    if not rows or not all(isinstance(name, str) and name for name in ids) or len(set(ids)) < len(ids):
        raise PrivateError(f"a private slice of {bank} needs items, each with an `id` of its own: {len(rows)} were given.")
    salts = tuple(secrets.token_hex(32) for _ in rows)
    sealed = tuple(seal(row, salt) for row, salt in zip(rows, salts, strict=True))
    return Commitment(bank=bank, period=period, items=sealed, previous=previous), Opening(salts=salts, rows=tuple(rows))


def faults(commitment: Commitment, opening: Opening) -> list[str]:
    """How an opening differs from its commitment, in words; empty where it is the one that was committed to."""
    if not len(opening.rows) == len(opening.salts) == len(commitment.items):
        return [
            f"{len(commitment.items)} items were committed to, {len(opening.rows)} with {len(opening.salts)} salts are here"
        ]
    pairs = zip(commitment.items, opening.rows, opening.salts, strict=True)
    return [
        f"item {number} ({row.get('id')}) is not the one that was committed to"
        for number, (sealed, row, salt) in enumerate(pairs, start=1)
        if seal(row, salt) != sealed
    ]


def read(kind: type[Commitment] | type[Opening], file: Path) -> Any:
    """A commitment or an opening from its file. Raises PrivateError."""
    try:
        return kind.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise PrivateError(f"{file}: is no {kind.__name__.lower()} of a private slice ({error}).") from error


def read_rows(file: Path) -> list[Row]:
    """Items, a JSON object a line. Raises PrivateError."""
    try:
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, ValueError) as error:
        raise PrivateError(f"{file}: is not a file of items, a JSON object a line ({error}).") from error
    if not all(isinstance(row, dict) for row in rows):
        raise PrivateError(f"{file}: each line must be a JSON object.")
    return rows


def write(value: Closed, file: Path, mode: int = 0o644) -> None:
    """Put a value into a file that is not there yet, whole or not at all. Raises PrivateError where it is."""
    try:
        atomic.write(file, canonical(value.model_dump(mode="json")) + "\n", replace=False, mode=mode)
    except FileExistsError as error:
        raise PrivateError(f"{file}: exists already; a published or sealed file is never overwritten.") from error
    except OSError as error:
        raise PrivateError(f"{file}: could not be written ({error.strerror}).") from error
