"""Rules of the banks: rows fit their schemas."""

from __future__ import annotations

import json
from typing import Any

from counsel_leaderboard.registry.bank_checks.rows import (
    BANKS,
)


def rows_fit(bank: str, banks: dict[str, list[dict[str, Any]]]) -> None:
    for row in banks[bank]:
        BANKS[bank].model_validate_json(json.dumps(row))


def rows_of_a_file_have_the_same_keys(bank: str, banks: dict[str, list[dict[str, Any]]]) -> None:
    assert len({tuple(row) for row in banks[bank]}) == 1


def ids_are_unique_over_all_banks(banks: dict[str, list[dict[str, Any]]]) -> None:
    ids = [row["id"] for rows in banks.values() for row in rows]
    assert sorted(ids) == sorted(set(ids))
