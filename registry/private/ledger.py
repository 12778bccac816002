"""The private slices of one host over time, in one folder: `ledger/` is published and `sealed/` is secret.

`ledger/<bank>-<first day>.json` is a commitment, and `.revealed.json` beside it is its published opening;
`sealed/<same name>.json` is the opening, which is secret while the slice is in use.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from counsel_leaderboard.registry.common.hashing import canonical
from counsel_leaderboard.registry.private.slices import (
    Commitment,
    Opening,
    Period,
    PrivateError,
    Row,
    commit,
    faults,
    read,
    write,
)
from counsel_leaderboard.registry.sources.loading import load

State = Literal["to come", "in use", "over", "revealed"]
REVEALED = ".revealed.json"


@dataclass(frozen=True)
class Slice:
    """One slice and its state today; `problems` are sentences, none if all files of this machine agree."""

    commitment: Commitment
    state: State
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Ledger:
    """The private slices stored in `folder`."""

    folder: Path

    def commitments(self, bank: str | None = None) -> list[Commitment]:
        """The commitments by bank and first day, oldest first. Raises PrivateError for a file that is not valid."""
        files = [file for file in self.folder.glob("ledger/*.json") if file.is_file() and not file.name.endswith(REVEALED)]
        commitments: list[Commitment] = [read(Commitment, file) for file in files]
        selected = [commitment for commitment in commitments if bank in (None, commitment.bank)]
        return sorted(selected, key=lambda commitment: (commitment.bank, commitment.period.first))

    def commit(self, rows: Sequence[Row], bank: str, period: Period) -> Commitment:
        """Commit to items for a period, and write the commitment and its opening.

        Raises PrivateError for a period that does not begin after the bank's earlier slices end, and for an item that is in the
        open bank or in an earlier slice.
        """
        before = self.commitments(bank)
        if before and period.first <= before[-1].period.last:
            raise PrivateError(f"{bank}: the slice of {before[-1].period.first} is in use until {before[-1].period.last}.")
        self._require_unseen(rows, bank, before)
        commitment, opening = commit(rows, bank, period, before[-1].digest if before else None)
        # Write the opening first: a commitment that can never be opened is worse than an opening without a commitment.
        write(opening, self._sealed(commitment), mode=0o600)
        try:
            write(commitment, self._public(commitment))
        except PrivateError:
            self._sealed(commitment).unlink()
            raise
        return commitment

    def reveal(self, bank: str, first: datetime.date, today: datetime.date) -> Commitment:
        """Publish the opening of the slice that began on `first`. Raises PrivateError before its period is over."""
        commitment = next((candidate for candidate in self.commitments(bank) if candidate.period.first == first), None)
        if commitment is None:
            raise PrivateError(f"{bank}: no slice began on {first}. `counsel data private list` lists the slices.")
        if today <= commitment.period.last:
            raise PrivateError(f"{commitment.name}: is in use until {commitment.period.last}; it must stay secret until then.")
        write(self.opening(commitment), self._revealed(commitment))
        return commitment

    def opening(self, commitment: Commitment) -> Opening:
        """The items and salts of a commitment. Raises PrivateError if they are not on this machine or do not match it."""
        file = next((file for file in (self._revealed(commitment), self._sealed(commitment)) if file.is_file()), None)
        if file is None:
            raise PrivateError(f"{commitment.name}: its items are not here; they stay with the host who sealed them.")
        opening: Opening = read(Opening, file)
        if wrong := faults(commitment, opening):
            raise PrivateError(f"{file}: {'; '.join(wrong)}.")
        return opening

    def in_use(self, bank: str, today: datetime.date) -> Commitment | None:
        """The slice of a bank that is in use on that day."""
        commitments = self.commitments(bank)
        return next((entry for entry in commitments if entry.period.first <= today <= entry.period.last), None)

    def slices(self, today: datetime.date) -> list[Slice]:
        """Every slice, checked: its link to the preceding slice, and its opening if it is on this machine."""
        slices: list[Slice] = []
        previous: dict[str, Commitment] = {}
        for commitment in self.commitments():
            preceding = previous.get(commitment.bank)
            previous[commitment.bank] = commitment
            problems = (*self._broken_link(commitment, preceding), *self._opening_faults(commitment))
            slices.append(Slice(commitment, self._state(commitment, today), problems))
        return slices

    def _broken_link(self, commitment: Commitment, before: Commitment | None) -> list[str]:
        if commitment.previous == (before.digest if before else None):
            return []
        return [f"the slice before it ({before.name if before else 'none'}) is not the one that it was committed after"]

    def _opening_faults(self, commitment: Commitment) -> list[str]:
        files = [file for file in (self._revealed(commitment), self._sealed(commitment)) if file.is_file()]
        return [f"{file.name}: {wrong}" for file in files for wrong in faults(commitment, read(Opening, file))]

    def _state(self, commitment: Commitment, today: datetime.date) -> State:
        if self._revealed(commitment).is_file():
            return "revealed"
        return "to come" if today < commitment.period.first else "over" if today > commitment.period.last else "in use"

    def _require_unseen(self, rows: Sequence[Row], bank: str, before: Sequence[Commitment]) -> None:
        files = [
            file for commitment in before for file in (self._revealed(commitment), self._sealed(commitment)) if file.is_file()
        ]
        known = [row for file in files for row in read(Opening, file).rows]
        seen = {canonical(_content(row)) for row in (*load(f"open-{bank}").rows, *known)}
        again = [str(row.get("id")) for row in rows if canonical(_content(row)) in seen]
        if again:
            raise PrivateError(f"{bank}: {', '.join(again[:5])}: are in the open bank or an earlier slice; write new items.")

    def _public(self, commitment: Commitment) -> Path:
        return self.folder / "ledger" / f"{commitment.name}.json"

    def _revealed(self, commitment: Commitment) -> Path:
        return self.folder / "ledger" / f"{commitment.name}{REVEALED}"

    def _sealed(self, commitment: Commitment) -> Path:
        return self.folder / "sealed" / f"{commitment.name}.json"


def _content(row: Row) -> Row:
    """An item without its identifying fields, which may change while the text stays the same."""
    return {key: value for key, value in row.items() if key not in ("id", "case", "version", "canary", "provenance")}
