"""The board of a store as the bytes of a file, rendered once for all its readers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.board.board import Board
from counsel_leaderboard.leaderboard.exchange import export
from counsel_leaderboard.leaderboard.skills import board_rows, result
from counsel_leaderboard.leaderboard.store.cache import StoreCache
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import Source

Kind = Literal["json", "csv", "parquet"]


@dataclass(frozen=True)
class BoardFile:
    """The long frame of `of` in one format, with the rates of the stamp `rates`; `tag` is of these bytes alone."""

    of: Board
    rates: tuple[int, int]
    raw: bytes
    tag: str


def read(store: Store, source: Source, kind: Kind) -> BoardFile:
    """The board of one suite as a file; cached until the board changes, or techniques are coded anew."""
    now, rates = board.read(store, source), result.stamp(store.home)
    return _files.get(
        store,
        (source, kind),
        lambda: _render(now, rates, store, kind),
        lambda known: known.of is now and known.rates == rates,
    )


_files: StoreCache[BoardFile] = StoreCache()


def _render(of: Board, rates: tuple[int, int], store: Store, kind: Kind) -> BoardFile:
    raw = export.render(board_rows.with_rates(of, store), kind)
    return BoardFile(of, rates, raw, f'"{hashlib.sha256(raw).hexdigest()[:32]}"')
