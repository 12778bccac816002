"""What a shell offers when Tab is pressed in an argument of a command; docs/use/run-locally.md says how to turn it on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click

Names = Callable[[], Iterable[str]]
Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def one_of(names: Names) -> Complete:
    """Completes one name; `names` is called only then."""

    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        return [name for name in names() if name.startswith(incomplete)]

    return complete


def several_of(names: Names) -> Complete:
    """Completes the last of several names with commas between."""

    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        chosen = before.split(",")
        return [f"{before}{comma}{name}" for name in names() if name.startswith(last) and name not in chosen]

    return complete
