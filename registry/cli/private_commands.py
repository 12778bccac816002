"""`counsel data private`: private slices of a bank, which are committed to by hash, used, and later revealed."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.common.verbs import VerbGroup
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.registry.private.ledger import Ledger
from counsel_leaderboard.registry.private.slices import Period, read_rows

DAY = click.DateTime(["%Y-%m-%d"])
COMMIT = "counsel data private commit preference items.jsonl --first 2027-01-01 --last 2027-06-30"


def today() -> datetime.date:
    """The current date in UTC, the time zone of the periods."""
    return datetime.datetime.now(datetime.UTC).date()


@click.group(cls=VerbGroup, epilog=example("counsel data private list"))
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="By default $COUNSEL_HOME/private.")
@click.pass_context
def private(ctx: click.Context, folder: Path | None) -> None:
    """Items that nobody has seen: committed to by hash, used for a period, then revealed."""
    ctx.obj = Ledger(folder or paths.home() / "private")


@private.command("commit", epilog=example(COMMIT))
@click.argument("bank")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--first", type=DAY, required=True, help="First day of use.")
@click.option("--last", type=DAY, required=True, help="Last day of use.")
@click.pass_obj
def commit(ledger: Ledger, bank: str, file: Path, first: datetime.datetime, last: datetime.datetime) -> None:
    """Seal the items in FILE (a JSON object a line, in the shape of the open BANK) for a period."""
    if last < first:
        raise click.BadParameter("a period ends no earlier than it begins", param_hint="--last")
    commitment = ledger.commit(read_rows(file), bank.removeprefix("open-"), Period(first=first.date(), last=last.date()))
    click.echo(f"{commitment.name}: {counted(len(commitment.items), 'item')} sealed, digest {commitment.digest}")
    click.echo(f"Publish {ledger.folder / 'ledger'} now; keep {ledger.folder / 'sealed'} secret, and a copy of it.", err=True)


@private.command("reveal", epilog=example("counsel data private reveal preference --first 2025-01-01"))
@click.argument("bank")
@click.option("--first", type=DAY, required=True, help="First day of the slice.")
@click.pass_obj
def reveal(ledger: Ledger, bank: str, first: datetime.datetime) -> None:
    """Publish the items and salts of a slice whose period is over."""
    commitment = ledger.reveal(bank.removeprefix("open-"), first.date(), today())
    click.echo(
        f"{commitment.name}: revealed, {counted(len(commitment.items), 'item')}. Publish {ledger.folder / 'ledger'} again."
    )


@private.command("verify", epilog=example("counsel data private verify"))
@click.pass_obj
def verify(ledger: Ledger) -> None:
    """Check every slice: its items against its commitment, and each commitment against the one before."""
    wrong = _list(ledger)
    if wrong:
        raise DataError(f"{wrong} problems in {ledger.folder}; each is named above")


@private.command("list", epilog=example("counsel data private list"))
@click.pass_obj
def list_(ledger: Ledger) -> None:
    """One line a slice: its period, its state, its digest."""
    _list(ledger)


def _list(ledger: Ledger) -> int:
    slices = ledger.slices(today())
    for slice_ in slices:
        period = slice_.commitment.period
        items = counted(len(slice_.commitment.items), "item")
        click.echo(
            f"{slice_.commitment.bank}  {period.first} to {period.last}  {slice_.state}  {items}  {slice_.commitment.digest}"
        )
        for problem in slice_.problems:
            click.echo(f"PROBLEM  {slice_.commitment.name}: {problem}")
    if not slices:
        click.echo(f"no slices in {ledger.folder}")
    return sum(len(slice_.problems) for slice_ in slices)
