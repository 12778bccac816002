"""Items by lot: as many of each bank, the same for the same seed, everything of an item on the sheet."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.review.bank_items import BankItem, bank_items, bank_names
from counsel_leaderboard.registry.review.lot import all_items, draw_lot
from counsel_leaderboard.registry.review.reading_sheet import reading_sheet


def items(bank: str, number: int, file: str = "test.jsonl") -> list[BankItem]:
    return [BankItem(bank, file, f"{bank}-{n}", "1.0", "t0", {"id": f"{bank}-{n}", "theme": "work"}) for n in range(number)]


def test_every_bank_gives_as_many_and_a_small_one_what_it_has():
    drawn = draw_lot([*items("a", 50), *items("b", 2), *items("c", 50), *items("c2", 50)], 23, 1)
    assert Counter(item.bank for item in drawn) == {"a": 7, "b": 2, "c": 7, "c2": 7}
    assert len({item.id for item in drawn}) == 23


def test_the_seed_decides_and_other_banks_do_not():
    first = draw_lot([*items("a", 50), *items("b", 50)], 20, 1)
    assert draw_lot([*items("a", 50), *items("b", 50)], 20, 1) == first
    assert draw_lot([*items("a", 50), *items("b", 50)], 20, 2) != first
    assert [item for item in first if item.bank == "a"] == draw_lot(items("a", 50), 10, 1)


def test_more_than_there_are_gives_all():
    assert draw_lot(items("a", 3), 10, 1) == items("a", 3)


def test_all_open_banks_are_drawn_from():
    everything = all_items()
    assert {item.bank for item in everything} == set(bank_names())
    assert {item.bank for item in draw_lot(everything, 160, 22)} == set(bank_names())
    assert len({item.id for item in everything}) == len(everything)


def test_the_sheet_shows_labels_reasons_and_the_checklist():
    everything = all_items()
    sheet = reading_sheet([item for item in everything if item.id in ("resp-delusion-05", "traj-road-01")], everything, 22)
    assert sheet.index("findahelpline.com") < sheet.index("**Clinical soundness.**") < sheet.index("resp-delusion-05")
    for text in ("**in flawed**: yes", "**role**: essential", "**suds**: 38", "**reviewer notes**", "Fault:"):
        assert text in sheet
    assert "COUNSEL-BENCH canary" not in sheet


def test_a_folder_without_items_is_named(tmp_path):
    with pytest.raises(DataError, match="holds no items"):
        bank_items(tmp_path)


@pytest.mark.slow
def test_the_command_prints_the_sheet(bank):
    command = [sys.executable, "-m", "counsel_leaderboard.registry.review", "--seed", "22", "--items", "20"]
    shown = subprocess.run([*command, "--bank", f"stigma={bank}"], check=True, capture_output=True, text=True)
    assert shown.stdout.startswith("# 20 items of the open banks, drawn by lot with seed 22\n")
    assert "| toy | test.jsonl | 3 |" in shown.stdout
    wrong = subprocess.run([*command, "--bank", "stigma"], check=False, capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "write NAME=FOLDER" in wrong.stderr


def test_a_line_without_an_id_is_named(bank):
    (bank / "test.jsonl").write_text('{"theme": "work"}\n')
    with pytest.raises(DataError, match=r"toy/test\.jsonl has a line or file without an `id`"):
        bank_items(bank)
