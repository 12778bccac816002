"""Builds the shipped weights from the open bank alone: `python -m counsel_leaderboard.tasks.skills.build`."""

from __future__ import annotations

import hashlib
import json

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.skills.weights import RECORD, SHIPPED
from counsel_leaderboard.tasks.skills.labelled_rows import bank, bank_sha256
from counsel_leaderboard.tasks.skills.training import calibrated_model


def build() -> bytes:
    """The bytes of the shipped weights."""
    return calibrated_model(bank()).to_bytes()


def main() -> None:
    """Write the weights and the record of their hash and of the bank's."""
    raw = build()
    record = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw), "bank_sha256": bank_sha256()}
    atomic.write(SHIPPED, raw)
    atomic.write(RECORD, json.dumps(record, indent=2) + "\n")
    print(f"{SHIPPED.name}: {len(raw)} bytes, {record['sha256']}")


if __name__ == "__main__":
    main()
