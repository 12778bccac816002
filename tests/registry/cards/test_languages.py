from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from counsel_leaderboard.registry.bank_checks.texts import OPEN
from counsel_leaderboard.registry.cards.catalog import DATASETS, cards, cards_from
from counsel_leaderboard.registry.cards.languages import languages

BANKS = [card for card in cards().values() if card.source.kind == "bank"]


@pytest.mark.parametrize("card", BANKS, ids=[card.name for card in BANKS])
def test_a_card_says_what_its_rows_say(card) -> None:
    """Rows of a bank that gives no language of its items are in that of its card."""
    lines = [
        line for file in (OPEN / card.source.id).glob("t*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()
    ]
    spoken = {row["language"] for row in map(json.loads, lines) if "language" in row}
    assert spoken <= {*card.languages}
    assert len(card.languages) == max(len(spoken), 1)


def test_the_open_suite_is_in_english() -> None:
    assert languages("open", ["counsel_response", "counsel_psyllm"]) == "English"
    assert languages("upstream", ["counsel_psyllm"]) == "Chinese and English"
    assert languages("open", ["nothing"]) == ""


def test_another_language_changes_the_words(tmp_path: Path) -> None:
    card = yaml.safe_load((DATASETS / "open-rank.yaml").read_text(encoding="utf-8"))
    for name, codes in {"a": ["de"], "b": ["en", "unknown"], "c": ["xx"]}.items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({**card, "name": name, "languages": codes}))
    with cards_from(tmp_path):
        assert languages("open", ["counsel_preference_rank"]) == "English, German and xx"
    assert languages("open", ["counsel_preference_rank"]) == "English"
