"""The reference of the command line: every command of `counsel` with its help, as the terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from counsel_leaderboard.leaderboard.cli.main import cli

WIDTH = 100


def commands(
    command: click.Command = cli, parent: click.Context | None = None, name: str = "counsel"
) -> Iterator[click.Context]:
    """A context for each command, groups before their commands, in the order of their help."""
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH)
    yield context
    if isinstance(command, click.Group):
        for verb in command.list_commands(context):
            below = command.get_command(context, verb)
            if below is not None:
                yield from commands(below, context, verb)


def text() -> str:
    """A heading and the help of each command."""
    parts = [f"{'#' * (2 + path.count(' '))} {path}\n\n```\n{help_text}\n```\n" for path, help_text in helps()]
    return "\n".join(parts)


def helps() -> Iterator[tuple[str, str]]:
    """Each command as it is typed, with what its --help prints."""
    for context in commands():
        yield context.command_path, _help(context)


def _help(context: click.Context) -> str:
    return "\n".join(line.rstrip() for line in context.get_help().splitlines())
