"""The exam on EPITOME, with files of its form that are written here."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.tasks.skills.commands import skills
from counsel_leaderboard.tasks.skills.human_labels.epitome import MECHANISMS, epitome_lines, replies

REPLIES = {"0": "You should call the bank.", "1": "I am sorry to hear it.", "2": "I feel so sad with you about this loss."}


def write(folder: Path, posts: int = 12, levels: dict[str, str] = REPLIES, column: str = "level") -> Path:
    for file, _ in MECHANISMS.values():
        with (folder / file).open("w", encoding="utf-8", newline="") as opened:
            table = csv.writer(opened)
            table.writerow(["sp_id", "rp_id", "seeker_post", "response_post", column, "rationales"])
            for number in range(posts):
                for level, text in levels.items():
                    table.writerow([f"p{number}", f"r{number}{level}", f"Day {number} was bad.", text, level, ""])
    return folder


def test_levels_that_follow_from_the_words_are_learnt(tmp_path: Path) -> None:
    lines = epitome_lines(write(tmp_path))
    assert lines[-3] == "| emotional reactions | 36 | 1.000 | 1.000 | 0.745 |"
    assert [line.split(" | ")[0] for line in lines[-2:]] == ["| interpretations", "| explorations"]


def test_the_command_prints_it_below_the_card(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(skills, ["exam", "--epitome", str(write(tmp_path))], catch_exceptions=False)
    assert outcome.output.index("| confront |") < outcome.output.index("| explorations |")


def test_other_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be read.*behavioral-data"):
        replies(tmp_path, "explorations")
    with pytest.raises(DataError, match="column level is missing"):
        replies(write(tmp_path, column="empathy"), "explorations")
    with pytest.raises(DataError, match="level '3'"):
        replies(write(tmp_path, levels={"3": "Hm."}), "explorations")
    with pytest.raises(DataError, match="too few"):
        replies(write(tmp_path, posts=3), "explorations")
