"""Rules of the banks: slips of editing, and notes."""

from __future__ import annotations

from typing import Any

from counsel_leaderboard.registry.bank_checks.texts import Text
from tests.support.bank_checks.slips import stutters


def no_phrase_stands_twice_in_a_row(prose: list[Text]) -> None:
    assert {(text.item, words) for text in prose for words in stutters(text.text)} == {
        ("traj-loss-05", "I'm reading. ")
    }  # said twice on purpose


def every_item_has_notes_of_its_own(banks: dict[str, list[dict[str, Any]]]) -> None:
    """No empty or shared filler; the variants of one stigma vignette share theirs.

    A remark of `topics` is one sentence and its label the whole item: notes stand where the readings differ. The pairs of
    `requests` are there for one reason, which is their note. Dialogues of one flaw may share the note of what each level does.
    """
    for bank, rows in banks.items():
        if bank in ("topics", "requests"):
            continue
        notes = {row["reviewer_notes"] for row in rows}
        assert min(map(len, notes)) >= 10, bank
        if bank == "judge-dialogues":
            continue
        assert len(notes) == (len({row["condition"] for row in rows}) if bank == "stigma" else len(rows)), bank
