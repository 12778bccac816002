"""`counsel data`: the registry on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from registry import catalog, locking


@click.group()
@click.option(
    "--cards", type=click.Path(exists=True, file_okay=False, path_type=Path), default=catalog.DATASETS, help="Folder of cards."
)
@click.pass_context
def data(ctx: click.Context, cards: Path) -> None:
    """Datasets: what is known of each, and their bytes, checked."""
    ctx.obj = cards


@data.command("lock")
@click.argument("names", nargs=-1)
@click.option("--upgrade", is_flag=True, help="Move the pin to the source's newest revision.")
@click.option("--dry-run", is_flag=True, help="Print the difference, write nothing.")
@click.pass_obj
def lock_command(cards: Path, names: tuple[str, ...], upgrade: bool, dry_run: bool) -> None:
    """Write revision, checksums, rows and fingerprints into the cards NAMES, and print the difference."""
    for name in names:
        locked = locking.lock(name, cards, upgrade)
        click.echo(locked.difference() or f"{name}: nothing to change\n", nl=False)
        if not dry_run:
            locked.write()
