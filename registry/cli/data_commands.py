"""`counsel data`: the registry on the command line. Each command parses its arguments, makes one call and prints the result."""

from __future__ import annotations

import json
from pathlib import Path

import click

from counsel_leaderboard.registry.cards import card_text, catalog, format_cards, readme, sampling
from counsel_leaderboard.registry.cards import lock as locking
from counsel_leaderboard.registry.cli.private_commands import private
from counsel_leaderboard.registry.cli.review_command import review
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.completion import one_of
from counsel_leaderboard.registry.common.errors import CardError, CounselError, DataError
from counsel_leaderboard.registry.common.verbs import VerbGroup
from counsel_leaderboard.registry.near_duplicates import search
from counsel_leaderboard.registry.sources import download
from counsel_leaderboard.registry.sources import verify as verifying
from counsel_leaderboard.registry.sources.loading import load_split

NAMES = click.argument("names", nargs=-1, shell_complete=one_of(catalog.names))


@click.group(cls=VerbGroup, epilog=example("counsel data list"))
@click.option(
    "--cards",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=catalog.DATASETS,
    help="Folder of cards; the project's own by default.",
)
@click.pass_context
def data(ctx: click.Context, cards: Path) -> None:
    """Datasets: their cards, and their files with checksums."""
    ctx.obj = cards


data.add_command(private)
data.add_command(review)


@data.command("list", epilog=example("counsel data list --wide"))
@click.option("--wide", is_flag=True, help="Spell out flags and tasks in each line, however long it gets.")
@click.pass_obj
def list_(cards: Path, wide: bool) -> None:
    """One line for each dataset, at most 80 characters long; letters stand for flags and are explained below."""
    for line in (card_text.table if wide else card_text.short_table)(catalog.cards(cards)):
        click.echo(line)


@data.command(epilog=example("counsel data show open-stigma"))
@click.argument("name", shell_complete=one_of(catalog.names))
@click.option("--croissant", "as_croissant", is_flag=True, help="Print Croissant JSON-LD.")
@click.pass_obj
def show(cards: Path, name: str, as_croissant: bool) -> None:
    """Show everything known of dataset NAME: flags first, near-duplicates on this machine last."""
    card = catalog.card(name, cards)
    if as_croissant:
        from counsel_leaderboard.registry.cards.croissant import croissant

        click.echo(json.dumps(croissant(card, cards), ensure_ascii=False, indent=2))
        return
    for line in card_text.details(card, catalog.cards(cards), search.saved(), cards):
        click.echo(line)


@data.command(epilog=example("counsel data pull open-stigma"))
@click.argument("name", shell_complete=one_of(catalog.names))
@click.pass_obj
def pull(cards: Path, name: str) -> None:
    """Download the missing files of dataset NAME into the cache, and check every file."""
    for path, where in download.download(catalog.card(name, cards), cards):
        click.echo(f"{path}: {where}")


@data.command(epilog=example("counsel data verify open-stigma open-response"))
@NAMES
@click.pass_obj
def verify(cards: Path, names: tuple[str, ...]) -> None:
    """Check the cards NAMES (all, without any), and every file of theirs in the mirror, the cache and the project."""
    findings = [finding for finding in verifying.verify(cards) if not names or finding.name in names]
    for finding in findings:
        click.echo(f"{'PROBLEM' if finding.problem else 'ok'}  {finding.name}: {finding.text}")
    problems = sum(finding.problem for finding in findings)
    if problems:
        raise DataError(f"{problems} problems in the registry; each is named above")


@data.command(epilog=example("counsel data lock --open --dry-run"))
@NAMES
@click.option("--open", "banks", is_flag=True, help="Lock the open banks.")
@click.option("--upgrade", is_flag=True, help="Move the pin to the source's newest revision.")
@click.option("--dry-run", is_flag=True, help="Print the difference, write nothing.")
@click.pass_obj
def lock(cards: Path, names: tuple[str, ...], banks: bool, upgrade: bool, dry_run: bool) -> None:
    """Write revision, checksums, rows and fingerprints into the cards NAMES (all, without any), and print the difference."""
    failed = []
    for name in (*names, *(locking.bank_names(cards) if banks else ())) or catalog.names(cards):
        try:
            locked = locking.lock(name, cards, upgrade)
        except CounselError as error:
            failed.append(str(error))
            continue
        click.echo(locked.difference() or f"{name}: nothing to change\n", nl=False)
        for reason in locked.missing:
            click.echo(f"{name}: not locked: {reason}", err=True)
        if not dry_run:
            locked.write()
    if failed:
        raise DataError("not locked: " + "; ".join(failed))


@data.command(epilog=example("counsel data sample stigma -n 3 --seed 7"))
@click.argument("bank")
@click.option("-n", "number", type=click.IntRange(min=1), default=5, show_default=True, help="How many items.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same items.")
@click.option("--split", default="test", show_default=True)
@click.pass_obj
def sample(cards: Path, bank: str, number: int, seed: int, split: str) -> None:
    """Print items of BANK (open-stigma, or stigma for short) for reading."""
    name = bank if bank in catalog.names(cards) else f"open-{bank}"
    if name not in catalog.names(cards):
        raise CardError(f"no dataset {bank!r}; `counsel data list` names them")
    loaded = load_split(catalog.card(name, cards), split, cards)
    for row in sampling.draw(list(loaded.rows), number, seed):
        for line in sampling.readable(row):
            click.echo(line)


@data.command("duplicates", epilog=example("counsel data duplicates --threshold 0.6"))
@click.option(
    "--threshold", type=click.FloatRange(0.1, 1.0), default=search.THRESHOLD, show_default=True, help="Jaccard similarity."
)
@click.pass_obj
def duplicates_command(cards: Path, threshold: float) -> None:
    """Map near-duplicates between all datasets on this machine, by id, and keep the map for `show`."""
    from counsel_leaderboard.registry.near_duplicates import minhash  # needs numpy and datasketch, unlike other commands

    problems: list[str] = []
    duplicate_map = minhash.duplicate_map(minhash.local_splits(cards, problems.append), threshold)
    click.echo(f"{len(duplicate_map.compared)} splits compared: {', '.join(duplicate_map.compared) or 'none'}")
    for pair in duplicate_map.pairs:
        for line in card_text.pair_lines(pair.first, pair.second, pair.first_items, pair.second_items, pair.examples):
            click.echo(line)
    for sentence in search.warnings(duplicate_map, catalog.cards(cards)):
        click.echo(f"WARNING  {sentence}", err=True)
    click.echo(f"saved in {duplicate_map.save()}")
    if problems:
        raise DataError("not compared: " + "; ".join(problems))


@data.command(epilog=example("counsel data tidy open-stigma"))
@NAMES
@click.pass_obj
def tidy(cards: Path, names: tuple[str, ...]) -> None:
    """Write the cards NAMES (all, without any) in canonical form, and the generated parts of the README."""
    for path in (*format_cards.tidy(names or tuple(catalog.names(cards)), cards), *readme.write(cards)):
        click.echo(f"rewritten: {path}")
