"""The `counsel` command: a group whose verbs are the entry points `counsel.commands` of every package."""

from __future__ import annotations

import signal
import sys
from importlib.metadata import EntryPoint, entry_points

import click

from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.processes.startup import prepare_process

COMMANDS = "counsel.commands"


class EntryPointGroup(click.Group):
    """A group that imports a verb only when it is used, so that `counsel tasks` does not pay for Gradio."""

    def _entry_points(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=COMMANDS)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all verbs, sorted."""
        return sorted(self._entry_points())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name, or None for click to refuse."""
        point = self._entry_points().get(cmd_name)
        command = point.load() if point else None
        return command if isinstance(command, click.Command) else None


@click.group(cls=EntryPointGroup, epilog=example("counsel board"))
@click.version_option(package_name="counsel-leaderboard")
def cli() -> None:
    """Measure counseling LLMs, and show how sure the numbers are."""


def main() -> None:
    """Entry point: a CounselError becomes one message on stderr and its exit code, and so does a disk that refuses our folders.

    Anything else is a bug and tracebacks.
    """
    prepare_process()
    # Ended from outside, a command still has servers and child processes to stop: by default `finally` would not run.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        cli(standalone_mode=True)
    except CounselError as error:
        click.echo("\n".join((f"counsel: {error}", *getattr(error, "__notes__", ()))), err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        refused = paths.refusal(error)
        if refused is None:
            raise
        click.echo(f"counsel: {refused}", err=True)
        sys.exit(refused.exit_code)
