"""Groups of the `counsel` command whose verbs come from several packages, each as an entry point."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click


class EntryPointGroup(click.Group):
    """Its own verbs and those of an entry point group, imported only when used: `counsel tasks` needs no Gradio."""

    def __init__(self, *args: Any, verbs: str, **settings: Any) -> None:
        """verbs: the entry point group. The rest is click's."""
        super().__init__(*args, **settings)
        self._verbs = verbs

    def _entry_points(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self._verbs)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all verbs, sorted."""
        return sorted({*super().list_commands(ctx), *self._entry_points()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name, or None for click to refuse."""
        if own := super().get_command(ctx, cmd_name):
            return own
        point = self._entry_points().get(cmd_name)
        command = point.load() if point else None
        return command if isinstance(command, click.Command) else None
