"""The board of a store as the bytes of a file, rendered once for all its readers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from counsel_leaderboard.leaderboard.board import board
from counsel_leaderboard.leaderboard.board.board import Board
from counsel_leaderboard.leaderboard.exchange import export
from counsel_leaderboard.leaderboard.store.cache import StoreCache
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.manifests import Source

Kind = Literal["json", "csv", "parquet"]


@dataclass(frozen=True)
class BoardFile:
    """The long frame of `of` in one format; `tag` is that of these bytes and of no others."""

    of: Board
    raw: bytes
    tag: str


def read(store: Store, source: Source, kind: Kind) -> BoardFile:
    """The board of one suite as a file; cached until the board changes."""
    now = board.read(store, source)
    return _files.get(store, (source, kind), lambda: _render(now, kind), lambda known: known.of is now)


_files: StoreCache[BoardFile] = StoreCache()


def _render(of: Board, kind: Kind) -> BoardFile:
    raw = export.render(of.scores, kind)
    return BoardFile(of, raw, f'"{hashlib.sha256(raw).hexdigest()[:32]}"')
