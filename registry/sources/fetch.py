"""Fetches one file of a dataset from its source into the cache, where only complete and checked files are stored."""

from __future__ import annotations

import time
import urllib.parse
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard
from counsel_leaderboard.registry.common.atomic import folder_beside
from counsel_leaderboard.registry.common.errors import ChecksumError, FetchError, FileNotGivenError
from counsel_leaderboard.registry.common.hashing import file_sha256
from counsel_leaderboard.registry.common.proxies import uses_proxies
from counsel_leaderboard.registry.common.settings import FolderSettings
from counsel_leaderboard.registry.sources.hub_download import hub_file
from counsel_leaderboard.registry.sources.paths import cache_folder, inside

TIMEOUT_S: Final = 30.0
CHUNK: Final = 1 << 20
BUSY: Final = (429, 503)
"""Statuses of a source that gives nothing now, whichever file it is asked for."""
MOST_BYTES: Final = 8 << 30
"""Larger than any file of a known dataset."""


def fetch(card: DatasetCard, file: DataFile, deadline: float | None = None, most_bytes: int = MOST_BYTES) -> Path:
    """Fetch a file into the cache and return its path; its checksum, if the card has one, is compared first.

    deadline: when to give up, on the monotonic clock; the Hub's own client is bound by its own limits alone.
    most_bytes: a longer file is broken off.
    Raises FetchError if it cannot be fetched, ChecksumError if it differs; the cache is then unchanged.
    """
    if card.source.kind == "web":
        raise FetchError(
            f"{card.name} cannot be fetched by this program (access: {card.access}); see {card.homepage or 'its owner'}"
        )
    if FolderSettings.read().offline:
        raise FetchError(
            f"{card.name}: {file.path} is not on this machine, and COUNSEL_OFFLINE forbids to fetch it. "
            f"Run `counsel data pull {card.name}` without it"
        )
    if card.source.revision is None:
        raise FetchError(f"{card.name} is not pinned to a revision; run `counsel data lock {card.name}` first")
    target = inside(cache_folder(card), file.path)
    with folder_beside(target) as folder:
        downloaded = (
            _from_hub(card, file.path, folder, most_bytes)
            if card.source.kind == "hub"
            else _from_repository(card, file.path, folder, deadline, most_bytes)
        )
        digest = file_sha256(downloaded)
        if file.sha256 not in (None, digest):
            raise ChecksumError(
                f"{card.name}: the source gave another {file.path}: expected sha256 {file.sha256}, found {digest}. Discarded; "
                f"if revision {card.source.revision} is right, the download was changed or truncated: try again"
            )
        downloaded.replace(target)
    return target


def _from_repository(card: DatasetCard, path: str, folder: Path, deadline: float | None, most_bytes: int) -> Path:
    import httpx

    from counsel_leaderboard.registry.chat import http as chat_http

    url = f"{card.source.url}/raw/{card.source.revision}/{urllib.parse.quote(path)}"
    downloaded = folder / "file"
    try:
        timeout = TIMEOUT_S if deadline is None else min(TIMEOUT_S, max(deadline - time.monotonic(), 0.1))
        # A code host sends a file from another host of its own; nothing but the path goes there.
        options = chat_http.options(url, headers={}, timeout_s=timeout) | {"follow_redirects": True}
        with httpx.Client(**options) as http, http.stream("GET", url) as response, downloaded.open("wb") as out:
            response.raise_for_status()
            size = 0
            for chunk in response.iter_bytes(CHUNK):
                if deadline is not None and time.monotonic() > deadline:
                    raise FetchError(f"{card.name}: {path} of {card.source.id} was not fetched in time; try again later")
                size += len(chunk)
                if size > most_bytes:
                    raise FetchError(f"{card.name}: {path} has more than {most_bytes >> 30} GiB, and no dataset's file has")
                out.write(chunk)
    except httpx.HTTPStatusError as error:
        status, wait = error.response.status_code, error.response.headers.get("Retry-After", "")
        kind = FetchError if status in BUSY else FileNotGivenError
        raise kind(_refused(card, path, status, wait)) from error
    except httpx.RemoteProtocolError as error:
        raise FileNotGivenError(_unreachable(card, path, error)) from error
    except httpx.HTTPError as error:
        raise FetchError(_unreachable(card, path, error)) from error
    return downloaded


def _from_hub(card: DatasetCard, path: str, folder: Path, most_bytes: int) -> Path:
    from huggingface_hub import errors

    uses_proxies(
        hub_endpoint() or "https://huggingface.co"
    )  # raises in words what the hub client would raise as an ImportError
    try:
        return hub_file(
            card.source.id, path, most_bytes=most_bytes, repo_type="dataset", revision=card.source.revision,
            local_dir=folder, endpoint=hub_endpoint(),
        )  # fmt: skip
    except errors.GatedRepoError as error:
        raise FetchError(_refused(card, path, 403)) from error
    except errors.EntryNotFoundError as error:
        # The library also raises this when it cannot reach the Hub and has no local copy.
        raise FetchError(hub_failure(card, path, error)) from error
    except (errors.HfHubHTTPError, OSError) as error:
        raise FetchError(hub_failure(card, path, error)) from error


def hub_endpoint() -> str | None:
    """The address of the Hub in `HF_ENDPOINT`, or None for the default of the library."""
    return FolderSettings.read().hub


def hub_failure(card: DatasetCard, what: str, error: Exception) -> str:
    """An error message about a failed Hub call and what to do, based on the HTTP status if there was a response."""
    # After its retries the library raises its own error, whose cause has the response.
    response = getattr(error, "response", None) or getattr(error.__cause__, "response", None)
    return _refused(card, what, response.status_code) if response is not None else _unreachable(card, what, error)


def _refused(card: DatasetCard, what: str, status: int, wait: str = "") -> str:
    where = f"{card.source.id} at {card.source.revision or 'its newest revision'}"
    if status in (401, 403):
        step = "accept its terms on its page and set HF_TOKEN" if card.source.kind == "hub" else "it is not open to everyone"
        return f"{card.name}: {where} refused {what} (HTTP {status}); access: {card.access}; {step}"
    if status == 404:
        return f"{card.name}: {where} has no {what} (HTTP 404): moved or gone. Look at its page, then correct the card"
    later = f"in {wait} s" if wait.isdecimal() else "later"
    return f"{card.name}: {where} answered HTTP {status} for {what}; try again {later}, or set COUNSEL_MIRROR"


def _unreachable(card: DatasetCard, what: str, error: Exception) -> str:
    reason = f"{type(error).__name__}: {error}"
    return f"{card.name}: {what} of {card.source.id} could not be fetched ({reason}); check the network, or set COUNSEL_MIRROR"
