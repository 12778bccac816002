"""How far the two readings of the open bank agree.

`python -m counsel_leaderboard.tasks.skills.second_reading` writes the table into the bank's README.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.skills.codes import CODES
from counsel_leaderboard.tasks.skills.agreement import kappa
from counsel_leaderboard.tasks.skills.labelled_rows import BANK, rows
from counsel_leaderboard.tasks.skills.readme_parts import with_part

SECOND = BANK.with_name("second_reading.jsonl")
README = BANK.with_name("README.md")


def readings() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which codes each row has in the first and in the second reading, (rows, codes) each, in the order of the bank."""
    second = {row["id"]: row["codes"] for row in map(json.loads, SECOND.read_text(encoding="utf-8").splitlines())}
    bank = rows(BANK)
    first = [[code in row["codes"] for code in CODES] for row in bank]
    return np.array(first), np.array([[code in second[row["id"]] for code in CODES] for row in bank])


def table() -> list[str]:
    """Agreement by code as lines of a Markdown table, and in one sentence how many rows have the same codes."""
    first, second = readings()
    lines = ["| code | first reading | second reading | both | kappa |", "|---|---|---|---|---|"]
    for number, code in enumerate(CODES):
        before, after = first[:, number], second[:, number]
        lines.append(f"| `{code}` | {before.sum()} | {after.sum()} | {(before & after).sum()} | {kappa(before, after):.2f} |")
    same = int((first == second).all(1).sum())
    return [
        *lines,
        "",
        f"{same:,} of {len(first):,} rows ({same / len(first):.0%}) have exactly the same codes in both readings.",
    ]


def written(readme: str) -> str:
    """The README with the table as it follows from the two readings."""
    return with_part(readme, "agreement", table())


def main(readme: Path = README) -> None:
    """Write the table into the bank's README."""
    atomic.write(readme, written(readme.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
