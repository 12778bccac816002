"""The private slice of clients in danger: files of the host's own that are played beside the open ones and shown nowhere.

They have the form of the open clients of *Crisis and drift* and lie in the folders `crisis/`, `look-alikes/` and `drift/` of
`$COUNSEL_PRIVATE_CLIENTS`, else of `private/clients` in the home folder.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.hashing import fingerprint
from counsel_leaderboard.registry.common.settings import PrivateClientSettings
from counsel_leaderboard.registry.sessions.client_card import LedClient
from counsel_leaderboard.registry.sessions.client_files import ClientError, load_clients
from counsel_leaderboard.registry.sessions.danger_card import LedSeries

PREFIX: Final = "private-"
"""How the ids begin, so that none is that of an open client."""
SERIES: Final[dict[str, LedSeries]] = {"crisis": "crisis", "look-alikes": "look_alike", "drift": "drift"}
"""The folders, each with the series of its clients."""
FEWEST: Final = 10
"""Figures of fewer clients at risk are not shown: they would say what happened in single sessions."""


def folder() -> Path:
    """Where the private clients of this installation lie."""
    return PrivateClientSettings.read().folder or paths.home() / "private" / "clients"


def private_clients(where: Path | None = None) -> dict[str, LedClient]:
    """The private clients by id; none without the folder.

    Raises ClientError for a file that breaks a rule, an id without the prefix, and a client in the folder of another series.
    """
    root = where or folder()
    files = tuple(sorted(path for name in SERIES for path in (root / name).glob("*.yaml")))
    return dict(_read(root, tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files)))


@lru_cache(maxsize=2)
def _read(root: Path, files: tuple[tuple[Path, int, int], ...]) -> dict[str, LedClient]:
    cards: dict[str, LedClient] = {}
    for name, card in load_clients([file for file, _, _ in files]).items():
        file = next(file for file, _, _ in files if file.stem == name)
        if not name.startswith(PREFIX):
            raise ClientError(f"{file}: the id of a private client begins with {PREFIX!r}. Rename client and file.")
        if not isinstance(card, LedClient) or card.series != SERIES[file.parent.name]:
            raise ClientError(
                f"{file}: is no client of the series {SERIES[file.parent.name]}. Move it to its folder in {root}."
            )
        cards[name] = card
    return cards


def slice_fingerprint(clients: dict[str, LedClient]) -> str:
    """What identifies the texts of the slice, without giving one away: `sha256:<hex>`."""
    return fingerprint([clients[name].model_dump(mode="json") for name in sorted(clients)])


def make_private(where: Path) -> None:
    """Create a folder that only its owner can read, or make it one."""
    where.mkdir(parents=True, exist_ok=True)
    where.chmod(0o700)
