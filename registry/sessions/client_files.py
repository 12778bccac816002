"""Reading clients: one YAML file each, in a folder of its kind."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.sessions.client_card import ClientCard, HybridClient, LedClient
from counsel_leaderboard.registry.sessions.shared_bank import CLIENTS, cbt_bank, first_fault, read_yaml, stock_bank

FOLDERS: Final = ("hybrid", "client-led", "crisis", "look-alikes", "drift")
_CARD: Final[TypeAdapter[HybridClient | LedClient]] = TypeAdapter(ClientCard)


class ClientError(DataError):
    """A client that is missing or whose file breaks a rule."""


def read_client(path: Path) -> HybridClient | LedClient:
    """The client in a file. Raises ClientError naming the file, the field and the rule; DataError if it is no YAML."""
    try:
        stat = path.stat()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}. Correct the path and try again.") from error
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=1024)
def _read(path: Path, _mtime: int, _size: int) -> HybridClient | LedClient:
    """As `read_client`. A file that has not changed is read once: all of a release take a second."""
    try:
        card = _CARD.validate_python(read_yaml(path))
    except ValidationError as error:
        raise ClientError(f"{path} is no client: {first_fault(error)}. See docs/extend/clients.md.") from error
    if path.stem != card.id:
        raise ClientError(f"{path} holds the client {card.id}. Name the file {card.id}.yaml.")
    if isinstance(card, HybridClient):
        _check_answers(path, card)
    else:
        _check_known(path, card)
    return card


def _check_answers(path: Path, card: HybridClient) -> None:
    asked = {question.id for question in stock_bank().questions}
    if missing := sorted(asked - set(card.answers)):
        raise ClientError(f"{path}: `answers` lacks {', '.join(missing)}. Answer each, or write `not applicable`.")
    if unknown := sorted(set(card.answers) - asked):
        raise ClientError(f"{path}: `answers` has {', '.join(unknown)}, which no stock question is called.")


def _check_known(path: Path, card: LedClient) -> None:
    known = {question.id for question in stock_bank().questions} | {question.id for question in cbt_bank().questions}
    answered = {*card.answers, *(name for turn in card.turns for name in turn.answers)}
    if unknown := sorted(answered - known):
        raise ClientError(f"{path}: `answers` has {', '.join(unknown)}, which no shared question is called.")


def client_paths(folder: Path = CLIENTS) -> tuple[Path, ...]:
    """The files of all clients in the subfolders of a folder, by name."""
    return tuple(sorted(path for kind in FOLDERS for path in (folder / kind).glob("*.yaml")))


def load_clients(paths: Iterable[Path] | None = None) -> dict[str, HybridClient | LedClient]:
    """Clients by id: those of this release, or those of the files named. Raises ClientError, DataError."""
    clients: dict[str, HybridClient | LedClient] = {}
    for path in client_paths() if paths is None else paths:
        card = read_client(path)
        if card.id in clients:
            raise ClientError(f"{path}: another file holds {card.id} too. Remove one of the two.")
        clients[card.id] = card
    return clients
