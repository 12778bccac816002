"""The reference of the settings: every environment variable that the packages read, from the classes that read them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from counsel_leaderboard.registry.common.settings import Setting, Settings

MODULES = (
    "counsel_leaderboard.registry.common.settings",
    "counsel_leaderboard.leaderboard.submissions.settings",
    "counsel_leaderboard.tasks.common.settings",
    "counsel_leaderboard.runners.settings",
    "counsel_leaderboard.space.settings",
)


def settings() -> list[Setting]:
    """What is read, by package and name; a variable that two packages read is listed with the first."""
    for module in MODULES:
        importlib.import_module(module)
    first: dict[str, tuple[int, Setting]] = {}
    for each in (each for each in _classes(Settings) if each.__module__ in MODULES):
        for setting in each.listed():
            first.setdefault(setting.variable, (MODULES.index(each.__module__), setting))
    return [setting for _, setting in sorted(first.values(), key=lambda pair: (pair[0], pair[1].variable))]


def text() -> str:
    """A table with a row a variable."""
    rows = [f"| `{each.variable}` | {each.rule} | {each.default} | {each.meaning} |" for each in settings()]
    return "\n".join(["| variable | what it must be | unset | meaning |", "|---|---|---|---|", *rows, ""])


def _classes(of: type[Settings]) -> Iterator[type[Settings]]:
    for each in of.__subclasses__():
        yield each
        yield from _classes(each)
