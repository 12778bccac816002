"""Builds the shipped weights from the open bank alone: `python -m counsel_leaderboard.tasks.skills.build`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.skills.card import FILE as CARD
from counsel_leaderboard.registry.skills.linear_model import LinearModel
from counsel_leaderboard.registry.skills.weights import RECORD, SHIPPED
from counsel_leaderboard.tasks.skills.agreement import LabelFigures
from counsel_leaderboard.tasks.skills.exam import by_code, code_lines
from counsel_leaderboard.tasks.skills.labelled_rows import bank, bank_sha256
from counsel_leaderboard.tasks.skills.readme_parts import with_part
from counsel_leaderboard.tasks.skills.training import calibrated_model, out_of_fold

README = Path(__file__).with_name("README.md")


@dataclass(frozen=True)
class Built:
    """The shipped coder: its model, the bytes of its file, and its figures on held-out cases of the bank."""

    model: LinearModel
    raw: bytes
    card: dict[str, LabelFigures]


def build() -> Built:
    """The shipped coder, from the open bank and nothing else."""
    data = bank()
    scores = out_of_fold(data)
    model = calibrated_model(data, scores)
    return Built(model, model.to_bytes(), by_code(data, scores, model))


def main() -> None:
    """Write the weights, the record of their hash and of the bank's, and the card, into the README too."""
    built = build()
    record = {"sha256": hashlib.sha256(built.raw).hexdigest(), "bytes": len(built.raw), "bank_sha256": bank_sha256()}
    figures = {
        name: {key: round(value, 3) for key, value in asdict(each).items() if value is not None}
        for name, each in built.card.items()
    }
    atomic.write(SHIPPED, built.raw)
    atomic.write(RECORD, json.dumps(record, indent=2) + "\n")
    atomic.write(CARD, json.dumps({"held_out": "five folds by case of the open bank", "figures": figures}, indent=1) + "\n")
    atomic.write(
        README,
        with_part(
            README.read_text(encoding="utf-8"),
            "card",
            code_lines({name: LabelFigures(**each) for name, each in figures.items()}),
        ),
    )
    print(f"{SHIPPED.name}: {len(built.raw)} bytes, {record['sha256']}")


if __name__ == "__main__":
    main()
