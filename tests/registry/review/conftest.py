"""A bank of three items, with a card and a folder of its own for each test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

BANK = "toy"


def item(number: int, **changes: object) -> dict[str, object]:
    row = {
        "id": f"toy-{number}",
        "version": "1.0",
        "theme": "work",
        "content_note": "",
        "messages": [{"role": "user", "content": f"Hello <b>{number}</b>"}],
        "risk": False,
        "provenance": "Invented.",
        "reviewer_notes": "",
        "canary": "x",
    }
    return row | changes


@pytest.fixture
def bank(world) -> Path:
    """The folder of the bank; rows may be written anew."""
    world.card("open-toy", source={"kind": "bank", "id": BANK}, mirror=None, tasks=["counsel_stigma"])
    folder = world.cards.parent / "open" / BANK
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("# Toy\n")
    write_items(folder, [item(1), item(2, content_note="suicidal thoughts"), item(3)])
    return folder


def write_items(folder: Path, rows: list[dict[str, object]]) -> None:
    (folder / "test.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


@pytest.fixture
def rewrite(bank):
    """Writes the rows of the bank: `rewrite(2, theme="home")` changes the second item."""

    def change(number: int, **changes: object) -> None:
        write_items(bank, [item(n, **(changes if n == number else {})) for n in (1, 2, 3)])

    return change
