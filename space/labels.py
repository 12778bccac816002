"""Titles of tasks, metrics and areas from the manifests; a name without a manifest is shown as it is."""

from __future__ import annotations

from typing import Final

from counsel_leaderboard.registry import manifests
from counsel_leaderboard.registry.manifests import RATES, areas, catalog, plain

OPEN_NOTE: Final = "open items: model-drafted, not clinician-reviewed"
UPSTREAM_NOTE: Final = "upstream items, our instructions"


def task(name: str) -> str:
    """The title of a task; its name if it is not installed."""
    info = catalog().get(name)
    return info.manifest.label if info else name


def question(name: str) -> str:
    """The purpose of a task in one line, from its manifest; its name if it is not installed."""
    info = catalog().get(name)
    return info.manifest.question if info else name


def metric(task: str, name: str) -> str:
    """The title of a task's metric."""
    info, known = catalog().get(task), manifests.metric(task, name)
    derived = info.manifest.derived.get(name) if info else None
    label = known.label if known else derived.label if derived else None
    return label or plain(name)


def is_bookkeeping(task: str, name: str) -> bool:
    """Whether a metric only says how much could be scored; such metrics are shown apart from the others."""
    known = manifests.metric(task, name)
    return known.kind == "bookkeeping" if known else name in RATES


def area(name: str) -> str:
    """The title of an area."""
    return areas().get(name, name)


def suite_note(source: str) -> str:
    """The note beside the name of a suite."""
    return OPEN_NOTE if source == "open" else UPSTREAM_NOTE


def size(parameters: int | None) -> str:
    """A number of parameters in short form, like 135M or 1.7B."""
    if parameters is None:
        return "size unknown"
    if parameters >= 1_000_000_000:
        return f"{parameters / 1e9:.1f}".removesuffix(".0") + "B"
    return f"{parameters / 1e6:.0f}M"
