"""`counsel data review`: pages for a clinician who reads a bank, and the way back for the verdicts."""

from __future__ import annotations

from pathlib import Path

import click

from counsel_leaderboard.registry.cards import catalog
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.errors import CardError
from counsel_leaderboard.registry.review.bank_items import bank_items
from counsel_leaderboard.registry.review.lot import draw_lot
from counsel_leaderboard.registry.review.review_pages import write_kit
from counsel_leaderboard.registry.review.reviews import add_reviews, review_count
from counsel_leaderboard.registry.review.verdict_file import VERDICT_FILE, read_verdicts
from counsel_leaderboard.registry.sources.paths import inside


@click.command(epilog=example("counsel data review response"))
@click.argument("bank")
@click.option("--into", type=click.Path(path_type=Path), help="Folder to write; review-BANK by default.")
@click.option("-n", "number", type=click.IntRange(min=1), help="That many items by lot; all without it.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same items.")
@click.option("--merge", type=click.Path(path_type=Path), help="Store the verdicts of this file instead.")
@click.pass_obj
def review(cards: Path, bank: str, into: Path | None, number: int | None, seed: int, merge: Path | None) -> None:
    """Write a page for each item of BANK (open-response, or response for short) and a file for verdicts.

    The pages open in any browser. With --merge, the verdicts of a file that was filled in are checked and stored beside the
    bank's items, all or none; storing them twice changes nothing.
    """
    name = bank if bank in catalog.names(cards) else f"open-{bank}"
    if name not in catalog.names(cards) or catalog.card(name, cards).source.kind != "bank":
        raise CardError(f"no open bank {bank!r}; `counsel data list` names them, each as open-NAME")
    card = catalog.card(name, cards)
    folder = inside(cards.parent / "open", card.source.id)
    items = bank_items(folder)
    if merge:
        verdicts = read_verdicts(merge, items)
        new = add_reviews(folder, items, verdicts)
        click.echo(f"{len(verdicts)} verdicts, {new} of them new; {card.source.id}: {review_count(folder).text}")
        return
    target = into or Path(f"review-{card.source.id}")
    drawn = draw_lot(items, number, seed) if number else items
    write_kit(card.title, drawn, target, folder / "CHECKLIST.md")
    click.echo(f"{len(drawn)} items: open {target / 'index.html'}, and fill in {target / VERDICT_FILE}")
