"""Titles of tasks, metrics and areas from the manifests; a name without a manifest is shown as it is."""

from __future__ import annotations

from typing import Final

from counsel_leaderboard.registry import manifests
from counsel_leaderboard.registry.cards.languages import languages
from counsel_leaderboard.registry.manifests import RATES, Source, areas, catalog, plain
from counsel_leaderboard.registry.review.reviews import reviews_of_tasks

UPSTREAM_NOTE: Final = "upstream items, our instructions"
ENGINES: Final = {
    "recorded": "published answers, replayed",
    "control": "a script",
    "endpoint": "asked over an API",
    "llama_cpp": "run with llama.cpp",
    "vllm": "run with vLLM",
}


def task(name: str) -> str:
    """The title of a task; its name if it is not installed."""
    info = catalog().get(name)
    return info.manifest.label if info else name


def question(name: str) -> str:
    """The purpose of a task in one line, from its manifest; its name if it is not installed."""
    info = catalog().get(name)
    return info.manifest.question if info else name


def measure(name: str) -> str:
    """What a value of the task's headline says, from its manifest; "" if it says nothing."""
    info = catalog().get(name)
    return info.manifest.measure if info else ""


def is_sessions(name: str) -> bool:
    """Whether an item of the task is a whole session."""
    info = catalog().get(name)
    return bool(info and info.manifest.sessions)


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
    if source != "open":
        return UPSTREAM_NOTE
    count = reviews_of_tasks()
    return f"model-drafted: {count.by_clinicians:,} of {count.items:,} reviewed by clinicians"


def suite_languages(source: Source, task: str | None = None) -> str:
    """The languages that a suite asks in, or that one of its tasks does: "English"; "" where no card says."""
    return languages(source, [task] if task else [name for name, info in catalog().items() if source in info.manifest.suites])


def engine(name: str) -> str:
    """How a model was asked, in words; the engine's own name where it is none of ours."""
    return ENGINES.get(name, name)


def size(parameters: int | None) -> str:
    """A number of parameters in short form, like 135M or 1.7B."""
    if parameters is None:
        return "size unknown"
    if parameters >= 1_000_000_000:
        return f"{parameters / 1e9:.1f}".removesuffix(".0") + "B"
    return f"{parameters / 1e6:.0f}M"
