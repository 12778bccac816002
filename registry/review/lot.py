"""Draws items of all banks by lot, as many of each bank, for one reader who did not write them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from counsel_leaderboard.registry.review.bank_items import BankItem, bank_items, bank_names
from counsel_leaderboard.registry.sources.paths import OPEN


def all_items(elsewhere: Mapping[str, Path] | None = None) -> list[BankItem]:
    """The items of every open bank; `elsewhere`: banks read from another folder. Raises DataError."""
    folders = {name: OPEN / name for name in bank_names()} | dict(elsewhere or {})
    return [item for name in sorted(folders) for item in bank_items(folders[name])]


def strata(items: Iterable[BankItem]) -> dict[tuple[str, str], list[BankItem]]:
    """The items by bank, a file of a bank with several files apart; all clients of sessions together."""
    parts: dict[tuple[str, str], list[BankItem]] = {}
    for item in items:
        parts.setdefault((item.bank, item.file if item.file.endswith(".jsonl") else "clients"), []).append(item)
    return parts


def draw_lot(items: Iterable[BankItem], number: int, seed: int) -> list[BankItem]:
    """`number` items, or all if there are fewer: as many of each stratum, by bank and in the order of its files.

    A stratum's items are ordered by the hash of seed and id, so what is drawn of a bank does not change with other banks.
    """
    parts = strata(items)
    shares = _shares({name: len(parts[name]) for name in sorted(parts)}, number)
    drawn = []
    for name, share in shares.items():
        first = sorted(parts[name], key=lambda item: hashlib.sha256(f"{seed} {item.id}".encode()).digest())[:share]
        ids = {item.id for item in first}
        drawn += [item for item in parts[name] if item.id in ids]
    return drawn


def _shares(sizes: Mapping[tuple[str, str], int], number: int) -> dict[tuple[str, str], int]:
    """How many of each: equal but for one, and what a small stratum cannot give is given by the others."""
    shares = dict.fromkeys(sizes, 0)
    while (left := number - sum(shares.values())) and (larger := [name for name in sizes if shares[name] < sizes[name]]):
        for name in larger[:left]:
            shares[name] += 1
    return shares
