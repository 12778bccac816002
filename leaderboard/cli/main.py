"""The `counsel` command: a group whose verbs are the entry points `counsel.commands` of every package."""

from __future__ import annotations

import signal
import sys
from typing import Any

import click

from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.processes.interruption import EXIT_CODE, Interruption
from counsel_leaderboard.registry.common.processes.startup import prepare_process
from counsel_leaderboard.registry.common.verbs import EntryPointGroup

COMMANDS = "counsel.commands"


class InterruptedCommandError(CounselError):
    """Ctrl-C ended the command."""

    exit_code = EXIT_CODE


class Commands(EntryPointGroup):
    """All verbs. click would end an interrupted one with "Aborted!"."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb. Raises InterruptedCommandError at Ctrl-C."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise InterruptedCommandError("interrupted") from None


@click.group(cls=Commands, verbs=COMMANDS, epilog=example("counsel board"))
@click.version_option(package_name="counsel-leaderboard")
def cli() -> None:
    """Measure counseling LLMs, and show how sure the numbers are."""


def main() -> None:
    """Entry point: a CounselError becomes one message on stderr and its exit code, and so does a disk that refuses our folders.

    Ctrl-C ends every command within two seconds, with a message that says how to go on. Anything else is a bug and tracebacks.
    """
    prepare_process()
    # Ended from outside, a command still has servers and child processes to stop: by default `finally` would not run.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    interruption = Interruption(sys.argv[1:])
    interruption.arm()
    try:
        cli(standalone_mode=True)
    except InterruptedCommandError as error:
        interruption.say()
        sys.exit(error.exit_code)
    except CounselError as error:
        click.echo("\n".join((f"counsel: {error}", *getattr(error, "__notes__", ()))), err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        refused = paths.refusal(error)
        if refused is None:
            raise
        click.echo(f"counsel: {refused}", err=True)
        sys.exit(refused.exit_code)
