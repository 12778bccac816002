"""`counsel judge retest`: whether a judge of sessions repeats itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from counsel_leaderboard.leaderboard.judges import session_retest
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, run_retest
from counsel_leaderboard.runners.progress import progress_display


@click.command("retest", epilog=example("counsel judge retest out/my-model"))
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
def retest(folders: tuple[Path, ...]) -> None:
    """Judge the sessions of the runs in FOLDERS once more, with a cold cache and the items in another order.

    $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name the judge of the runs. Give runs of models, not of controls: an item enters
    a total from 200 sessions on whose ICC(2,1) within models has a lower limit of .60.
    """
    address = JudgeAddress.from_environment()
    if address is None:
        raise click.UsageError(
            "no judge is set: set COUNSEL_JUDGE_URL and COUNSEL_JUDGE_MODEL (and COUNSEL_JUDGE_KEY if it needs one)."
        )
    with tempfile.TemporaryDirectory() as out:
        with progress_display() as display, display.step(f"judging sessions again with {address.model}") as step:
            run_retest(folders, Path(out), address, step)
        record = session_retest.read(Path(out), address.model, address.revision)
    session_retest.write(paths.home(), record)
    click.echo(record.text())
