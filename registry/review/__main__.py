"""Draws items of all open banks by lot and prints them with the checklist, for a reader who did not write them.

Usage: python -m counsel_leaderboard.registry.review --seed 22 --items 160 [--bank NAME=FOLDER ...] > lot.md

Draws as many of each bank, a bank's files apart. `--bank` reads one bank from another folder, such as that of another checkout.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from counsel_leaderboard.registry.review.lot import all_items, draw_lot
from counsel_leaderboard.registry.review.reading_sheet import reading_sheet


def main() -> None:
    """Run the command. Raises DataError for a bank that cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True, help="the same seed draws the same items of a bank")
    parser.add_argument("--items", type=int, default=160, help="how many items in all")
    parser.add_argument("--bank", action="append", default=[], metavar="NAME=FOLDER", help="read this bank from another folder")
    chosen = parser.parse_args()
    elsewhere = dict(_named_folder(parser, text) for text in chosen.bank)
    items = all_items(elsewhere)
    print(reading_sheet(draw_lot(items, chosen.items, chosen.seed), items, chosen.seed))


def _named_folder(parser: argparse.ArgumentParser, text: str) -> tuple[str, Path]:
    name, _, folder = text.partition("=")
    if not Path(folder).is_dir() or not folder:
        parser.error(f"--bank {text}: write NAME=FOLDER, with a folder that is there")
    return name, Path(folder)


if __name__ == "__main__":
    main()
