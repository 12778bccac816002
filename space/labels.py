"""Names of tasks, metrics and areas as readers see them, from the manifests; one that these do not know is shown as it is."""

from __future__ import annotations

from typing import Final

from counsel_leaderboard.registry import manifests
from counsel_leaderboard.registry.manifests import RATES, areas, catalog, plain

OPEN_NOTE: Final = "open items: model-drafted, not clinician-reviewed"
UPSTREAM_NOTE: Final = "upstream items, our instructions"


def task(name: str) -> str:
    """A task's title; its name where it is not installed here."""
    info = catalog().get(name)
    return info.manifest.label if info else name


def question(name: str) -> str:
    """What a task asks of a model, in one line."""
    info = catalog().get(name)
    return info.manifest.question if info else name


def metric(task: str, name: str) -> str:
    """The title of a task's metric."""
    info, known = catalog().get(task), manifests.metric(task, name)
    derived = info.manifest.derived.get(name) if info else None
    label = known.label if known else derived.label if derived else None
    return label or plain(name)


def is_bookkeeping(task: str, name: str) -> bool:
    """Whether a metric says how much could be scored; such ones are shown apart from what was measured."""
    known = manifests.metric(task, name)
    return known.kind == "bookkeeping" if known else name in RATES


def area(name: str) -> str:
    """An area's title."""
    return areas().get(name, name)


def suite_note(source: str) -> str:
    """What stands beside the suite's name."""
    return OPEN_NOTE if source == "open" else UPSTREAM_NOTE


def size(parameters: int | None) -> str:
    """A count of parameters as people say it: 135M, 1.7B."""
    if parameters is None:
        return "size unknown"
    if parameters >= 1_000_000_000:
        return f"{parameters / 1e9:.1f}".removesuffix(".0") + "B"
    return f"{parameters / 1e6:.0f}M"
