"""Croissant of every card, judged by mlcroissant itself."""

from __future__ import annotations

import json
import logging

import mlcroissant
import pytest

from counsel_leaderboard import registry
from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.cards.croissant import croissant
from counsel_leaderboard.registry.cards.lock import bank_names, lock
from counsel_leaderboard.registry.sources.paths import bank_folder

pytestmark = pytest.mark.filterwarnings(
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning"
)  # mlcroissant's own use of rdflib

NAMES = [
    name for name in registry.cards() if name not in bank_names() or (bank_folder(registry.card(name)) / "test.jsonl").is_file()
]


@pytest.fixture(autouse=True)
def _quiet():
    logging.getLogger("absl").setLevel(logging.ERROR)


@pytest.mark.parametrize("name", NAMES)
def test_every_card_is_valid_croissant(name):
    metadata = croissant(registry.card(name))
    dataset = mlcroissant.Dataset(jsonld=json.loads(json.dumps(metadata)))
    assert not dataset.metadata.ctx.issues.errors
    assert dataset.metadata.name == name


def test_a_repository_file_is_named_by_commit_and_checksum():
    metadata = croissant(registry.card("llms-as-therapists"))
    assert metadata["license"] == "https://spdx.org/licenses/MIT.html"
    file = metadata["distribution"][0]
    assert file["contentUrl"].endswith("/raw/743e5c2d6ceb156f9114ff405786151628aac84e/data/prompts.jsonl")
    assert len(file["sha256"]) == 64


def test_what_is_not_known_is_left_out():
    metadata = croissant(registry.card("mi-tags"))
    assert "citeAs" not in metadata
    assert metadata["distribution"] == []
    assert metadata["license"] == "agreement"
    assert metadata["isAccessibleForFree"] is False


@pytest.mark.usefixtures("banks_beside_the_cards")
def test_records_of_a_locked_bank_can_be_read_through_it(world, tmp_path):
    bank = tmp_path / "open" / "toy" / "test.jsonl"
    bank.parent.mkdir(parents=True)
    bank.write_text(
        '{"id": "a", "n": 1, "ok": true, "turns": [{"x": "y"}]}\n{"id": "b", "n": 2, "ok": false, "turns": []}\n', "utf-8"
    )
    world.card(
        "open-toy",
        source={"kind": "bank", "id": "toy"},
        mirror=None,
        splits=[{"name": "test", "files": [{"path": "test.jsonl"}]}],
    )
    lock("open-toy", world.cards).write()
    written = bank.parent / "croissant.json"
    written.write_text(json.dumps(croissant(card("open-toy", world.cards), world.cards)), "utf-8")
    records = list(mlcroissant.Dataset(jsonld=str(written)).records("test"))
    assert records == [{"test/id": b"a", "test/n": 1, "test/ok": True}, {"test/id": b"b", "test/n": 2, "test/ok": False}]
