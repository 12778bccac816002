"""Groups of the `counsel` command whose verbs come from several packages, each as an entry point."""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click
from click.exceptions import NoSuchCommand

# The first sentence of a command's help is shown whole, on as many lines as it takes.
WHOLE_SENTENCE = 10_000


class VerbGroup(click.Group):
    """A group that says the whole first sentence of each verb, and which verb a mistyped one may mean."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with their sentences."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, verb.get_short_help_str(WHOLE_SENTENCE)) for name, verb in commands if verb and not verb.hidden]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's; the suggestions are from all verbs, those of entry points too."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=self.list_commands(ctx), ctx=ctx) from None


class EntryPointGroup(VerbGroup):
    """Its own verbs and those of an entry point group, imported only when used: `counsel tasks` needs no Gradio."""

    def __init__(self, *args: Any, verbs: str, **settings: Any) -> None:
        """verbs: the entry point group. The rest is click's."""
        super().__init__(*args, **settings)
        self._verbs = verbs

    @cached_property
    def _entry_points(self) -> dict[str, EntryPoint]:
        # Read once: every reading looks through all that is installed, and a list of commands asks for each.
        return {point.name: point for point in entry_points(group=self._verbs)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all verbs, sorted."""
        return sorted({*super().list_commands(ctx), *self._entry_points})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name, or None for click to refuse."""
        if own := super().get_command(ctx, cmd_name):
            return own
        point = self._entry_points.get(cmd_name)
        command = point.load() if point else None
        return command if isinstance(command, click.Command) else None
