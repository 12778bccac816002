"""Queries a source for its newest revision and the names of its files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.cards.schema import DatasetCard
from counsel_leaderboard.registry.common.errors import DataError, FetchError
from counsel_leaderboard.registry.common.processes.child_environment import child_environment
from counsel_leaderboard.registry.sources.fetch import hub_endpoint, hub_failure

GIT_TIMEOUT_S: Final = 60


def newest_revision(card: DatasetCard) -> str:
    """The newest commit of the source's default branch; raises FetchError if the source cannot be queried."""
    return str(_hub_info(card).sha) if card.source.kind == "hub" else _git_head(card)


def list_files(card: DatasetCard, pattern: str, folders: Sequence[Path]) -> list[str]:
    """Sorted paths that match the pattern, from the first of the local folders that has any, else from the source."""
    for folder in folders:
        matching = _matching_files(folder, pattern)
        if matching:
            return matching
    if card.source.kind != "hub":
        raise DataError(f"{card.name}: files by pattern are listed in a mirror or on the Hub alone; name them in the card")
    return sorted(name for name in _hub_names(card) if fnmatchcase(name, pattern))


def _matching_files(folder: Path, pattern: str) -> list[str]:
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in paths if fnmatchcase(name, pattern))


def _hub_info(card: DatasetCard) -> Any:
    import huggingface_hub
    from huggingface_hub import errors

    from counsel_leaderboard.registry.sources.hub_descriptions import limit_descriptions

    api = huggingface_hub.HfApi(endpoint=hub_endpoint())
    try:
        limit_descriptions()
        return api.dataset_info(card.source.id, revision=card.source.revision)
    except (errors.HfHubHTTPError, OSError) as error:
        raise FetchError(hub_failure(card, "its description", error)) from error


def _hub_names(card: DatasetCard) -> list[str]:
    return [item.rfilename for item in _hub_info(card).siblings or []]


def _git_head(card: DatasetCard) -> str:
    command = ["git", "ls-remote", str(card.source.url), "HEAD"]
    try:
        # The variables of `git config` are called KEY and VALUE, and git refuses one without the other.
        config = [name for name in os.environ if name.startswith("GIT_CONFIG_")]
        environment = child_environment({"GIT_TERMINAL_PROMPT": "0"}, secrets=config, also="GIT_")
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=True, env=environment)
    except (OSError, subprocess.SubprocessError) as error:
        raise FetchError(f"{card.name}: the newest revision of {card.source.url} could not be asked for: {error}") from error
    head = done.stdout.split()
    if not head:
        raise FetchError(f"{card.name}: {card.source.url} has no default branch; pin a revision in the card by hand")
    return head[0]
