"""Which folder of the packages imports which, read from the code's own imports."""

from __future__ import annotations

import importlib
from collections import Counter
from dataclasses import dataclass
from functools import cache

import grimp

from counsel_leaderboard.registry.manifests import catalog

ROOT = "counsel_leaderboard"
PACKAGES = ("tasks", "runners", "space", "leaderboard", "registry")
TASK_FOLDERS = "counsel_*"


@dataclass(frozen=True, order=True)
class Folder:
    """A folder of a package, the package's own modules (`name` is "*.py"), or all task folders together."""

    package: str
    name: str


@dataclass(frozen=True)
class Imports:
    """`counts`: how many imports lead from one folder to another; `about`: the first paragraph of each folder's docstring."""

    counts: dict[tuple[Folder, Folder], int]
    about: dict[Folder, str]

    def folders(self, package: str) -> list[Folder]:
        """The folders of a package, sorted."""
        return sorted(folder for folder in self.about if folder.package == package)

    def between(self, first: str, second: str) -> int:
        """Imports of one package by another."""
        return sum(n for (a, b), n in self.counts.items() if (a.package, b.package) == (first, second))

    def one_way(self, package: str) -> dict[Folder, set[Folder]]:
        """What each folder of the package imports, as a graph without cycles.

        Of two folders that import each other the direction with more imports counts; of a longer cycle the fewest are left out.
        """
        inner = {pair: n for pair, n in self.counts.items() if pair[0].package == pair[1].package == package}
        graph: dict[Folder, set[Folder]] = {folder: set() for folder in self.folders(package)}
        for (a, b), n in sorted(inner.items(), key=lambda item: (-item[1], item[0])):
            if n >= inner.get((b, a), 0) and a not in reachable(graph, b):
                graph[a].add(b)
        return graph


def reachable(graph: dict[Folder, set[Folder]], start: Folder) -> set[Folder]:
    """`start` and everything that it imports directly or indirectly."""
    seen, waiting = {start}, [start]
    while waiting:
        for other in graph[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def reduced(graph: dict[Folder, set[Folder]]) -> list[tuple[Folder, Folder]]:
    """The arrows from which all others follow: a direct one is left out where a longer way leads to the same folder."""
    return sorted(
        (a, b) for a, others in graph.items() for b in others if not any(b in reachable(graph, c) for c in others - {b})
    )


def levels(graph: dict[Folder, set[Folder]]) -> dict[Folder, int]:
    """How high each folder stands: 0 for one that imports no other of its package, else one above all that it imports."""

    @cache
    def level(folder: Folder) -> int:
        return max((level(other) + 1 for other in graph[folder]), default=0)

    return {folder: level(folder) for folder in graph}


@cache
def read() -> Imports:
    """The imports of this checkout."""
    graph = grimp.build_graph(ROOT, cache_dir=None)
    packages = {module for module in graph.modules if graph.find_children(module)}
    counts: Counter[tuple[Folder, Folder]] = Counter()
    about: dict[Folder, str] = {}
    for module in sorted(graph.modules):
        folder = _folder(module, packages)
        if folder is None:
            continue
        about.setdefault(folder, _about(folder))
        for imported in graph.find_modules_directly_imported_by(module):
            other = _folder(imported, packages)
            if other is not None and other != folder:
                counts[folder, other] += 1
    used = {folder for pair in counts for folder in pair}
    return Imports(dict(counts), {folder: text for folder, text in about.items() if folder in used})


def _folder(module: str, packages: set[str]) -> Folder | None:
    parts = module.split(".")
    if len(parts) < 2 or parts[1] not in PACKAGES:
        return None
    if len(parts) == 2 or ".".join(parts[:3]) not in packages:
        return Folder(parts[1], "*.py")
    task = parts[1] == "tasks" and parts[2] in catalog()
    return Folder(parts[1], TASK_FOLDERS if task else parts[2])


def _about(folder: Folder) -> str:
    if folder.name == TASK_FOLDERS:
        return "One folder a task."
    inside = "" if folder.name == "*.py" else f".{folder.name}"
    text = importlib.import_module(f"{ROOT}.{folder.package}{inside}").__doc__ or ""
    return " ".join(text.strip().split("\n\n")[0].split())
