"""A rule of the banks: names are not repeated."""

from __future__ import annotations

from typing import Any

from counsel_leaderboard.registry.bank_checks import texts
from tests.support.bank_checks import names


def names_are_not_repeated(banks: dict[str, list[dict[str, Any]]]) -> None:
    """Left out: vignettes and requests, whose people are told about with common names; pairs of one speech are one item."""
    texts_by_bank: dict[str, list[str]] = {}
    for bank, rows in banks.items():
        for row in rows if bank not in ("stigma", "requests") else ():
            key = row.get("speech_id", row["id"])
            texts_by_bank.setdefault(key, []).extend(texts.spoken(bank, row, "client", "counselor", "vignette"))
    assert names.repeated(texts_by_bank, names.allowed()) == {}
