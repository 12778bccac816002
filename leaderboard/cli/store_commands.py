"""The verbs that read and write the store: ingest, board, rebuild, retract."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import get_args

import click
import polars as pl
from rich.console import Console
from rich.progress import Progress

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.board.judge_columns import JudgeName
from counsel_leaderboard.leaderboard.exchange import export, running_server
from counsel_leaderboard.leaderboard.runs.files import write_whole
from counsel_leaderboard.leaderboard.skills import board_rows
from counsel_leaderboard.leaderboard.store import ingest as ingesting
from counsel_leaderboard.leaderboard.store import rebuild as rebuilding
from counsel_leaderboard.leaderboard.store import retractions
from counsel_leaderboard.leaderboard.store.database import Store, StoreError, StoreLockedError
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.credentials import configured_secrets
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.registry.manifests import Source


@click.command(epilog=example("counsel ingest out/my-model"))
@click.argument("folder", type=click.Path(path_type=Path))
def ingest(folder: Path) -> None:
    """Store the lm_eval output in FOLDER: checked, copied, and put on the board."""
    report = ingesting.ingest(folder, paths.home(), secrets=configured_secrets(os.environ))
    what = "stored" if report.new else "was stored already"
    tasks = ", ".join(report.tasks)
    click.echo(f"{report.run_id} {what}: {report.model}, {counted(report.n_samples, 'sample')} of {tasks}")
    if report.self_reported:
        click.echo("No request.json: shown as self-reported, and not ranked.")


@click.command(epilog=example("counsel board --format csv --output board.csv"))
@click.option("--format", "kind", type=click.Choice(get_args(export.Format)), default="table", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write instead of standard output.")
@click.option("--source", type=click.Choice(get_args(Source)), default="open", show_default=True, help="Which suite.")
@click.option("--judge", help="Whose board: MODEL or MODEL@REVISION; by default the judge whose run was stored first.")
def board(kind: export.Format, output: Path | None, source: Source, judge: str | None) -> None:
    """Print the board: every number with its interval and denominator, tiers, rank spreads and the overall order.

    While `counsel serve` has the store open, the server is asked.
    """
    if kind == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is no text for a terminal: give --output FILE, or send it to a file or a program.")
    try:
        raw = _rendered(kind, source, judge)
    except StoreLockedError as error:
        address = running_server.address_of(paths.home())
        if address is None:
            raise
        if judge:
            raise StoreLockedError(f"{error} The server at {address} shows the columns of its first judge only.") from error
        raw = running_server.board(address, source, kind, shutil.get_terminal_size((160, 24)).columns)
    if output is not None:
        write_whole(output, raw, "or choose another --output")
    else:
        click.echo(raw, nl=False)


def _rendered(kind: export.Format, source: Source, judge: str | None) -> bytes:
    with Store.open(paths.home()) as store:
        lack = rebuilding.incomplete(store)
        if lack and not ingesting.ids(store):
            raise StoreError(lack)
        if lack:
            click.echo(f"counsel: {lack}", err=True)
        snapshot = boards.read(store, source)
        if judge:
            snapshot = boards.read(store, source, judge=named_judge(judge, snapshot.models))
        scores = board_rows.with_rates(snapshot, store)
    return export.render(scores, kind, snapshot.ranks)


class UnknownJudgeError(CounselError):
    """No run of the suite was judged by it."""


def named_judge(name: str, models: pl.DataFrame) -> JudgeName:
    """The judge that MODEL or MODEL@REVISION names among those of a board's runs, `Board.models`.

    A model's name alone will do where it judged at one revision. Raises UnknownJudgeError.
    """
    pairs = models.select("judge", "judge_revision").drop_nulls("judge").unique().sort(pl.all(), nulls_last=True)
    judges = [JudgeName(*pair) for pair in pairs.iter_rows()]
    typed = {judge: f"{judge.model}@{judge.revision}" if judge.revision else judge.model for judge in judges}
    matching = [judge for judge in judges if name in (judge.model, typed[judge])]
    exact = [judge for judge in matching if name == typed[judge]] or matching
    if len(exact) == 1:
        return exact[0]
    problem = "judged at several revisions" if exact else "judged no run of this suite"
    here = f"Judges here: {', '.join(typed.values())}." if judges else "No run here was judged."
    raise UnknownJudgeError(f"--judge {name}: {problem}. {here}")


@click.command(epilog=example("counsel rebuild"))
def rebuild() -> None:
    """Rebuild the DuckDB file from the stored runs, the ledger of retractions and the queue's requests."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading runs", total=None)
        report = rebuilding.rebuild(
            paths.home(), progress=lambda done, total: progress.update(task, completed=done, total=total)
        )
    click.echo(f"Rebuilt {paths.home()}: runs: {report.runs}, retractions: {report.retractions}, requests: {report.requests}")


@click.command(epilog=example("counsel retract 0123456789abcdef --reason 'run with the wrong chat template'"))
@click.argument("run_id")
@click.option("--reason", required=True, help="One line, shown to everyone.")
def retract(run_id: str, reason: str) -> None:
    """Take a stored run off the board, for a reason that everyone can read. Its files stay."""
    with Store.open(paths.home()) as store:
        entry = retractions.retract(store, run_id, reason)
    click.echo(f"{entry.run_id} retracted: {entry.reason}")
