"""What a card and its page say of a comparison with people. All ratings are made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.judges.card import CARD_VERSION, FILE_NAME, NO_HUMANS, cards, issue
from counsel_leaderboard.leaderboard.judges.card_text import card_text
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.leaderboard.judges.qualification.exam_run import ExamError
from counsel_leaderboard.space.views import judge_cards
from counsel_leaderboard.space.views.judges import html
from tests.support.judges import NOBODY, rated_lines
from tests.tasks.exam.scripted_judges import Perfect

HEAD = {
    "set": "a made-up set", "licence": "made up for this test", "sha256": "sha256:0123456789abcdef", "raters": 2,
    "calls": 3, "unread": 0, "prompt_tokens": 1, "completion_tokens": 1,
}  # fmt: skip


def compared(folder: Path) -> None:
    """Put a comparison with people beside the exam in `folder`, the one of `test_both_alphas_by_hand`."""
    rated = rated_lines([((1, 1), 1), ((0, 0), 0), ((0, 1), 0)])
    text = "".join(f"{text}\n" for text in (json.dumps(HEAD), *(line.model_dump_json() for line in rated)))
    (folder / "humans.jsonl").write_text(text, encoding="utf-8")


def test_a_card_shows_both_numbers_side_by_side(examine: Callable[..., Path], bank, transforms, tmp_path: Path) -> None:
    exam = examine(Perfect(bank.rows, transforms), parts=1)
    assert issue(exam, tmp_path / "home").humans == NO_HUMANS
    compared(exam)
    card = issue(exam, tmp_path / "home")
    assert cards(tmp_path / "home") == [card]
    assert card.humans.startswith("compared with 2 people on a made-up set (licence: made up for this test; file sha256:0123")
    row = next(line for line in card_text(card, thresholds.shipped()).split("\n") if "answer" in line and "0.444" in line)
    assert row.index("0.444") < row.index("0.686")  # 1 - 2/3.6 and 1 - 22/70, as above
    page = html(NOBODY, [card], thresholds.shipped())
    table = page[page.index("People with each other") :]
    assert table.index("<b>0.44</b>") < table.index("<b>0.69</b>")
    shown = {part["task"]: len(part["agreement"]) for part in judge_cards.card(card, thresholds.shipped())["tasks"]}
    assert shown == {"counsel_preference": 0, "counsel_psyllm": 0, "counsel_response": 1}


@pytest.mark.slow
def test_another_sitting_keeps_the_comparison_and_an_old_card_is_computed_anew(
    examine: Callable[..., Path], bank, transforms, tmp_path: Path
) -> None:
    home, exam = tmp_path / "home", examine(Perfect(bank.rows, transforms), parts=1)
    compared(exam)
    before = issue(exam, home)
    (exam / "humans.jsonl").unlink()
    assert issue(exam, home).people == before.people
    file = home / "judges" / before.id / FILE_NAME
    old = json.loads(file.read_text(encoding="utf-8")) | {"card_version": "2", "humans": NO_HUMANS}
    del old["people"]
    file.write_text(json.dumps(old), encoding="utf-8")
    assert [(card.card_version, card.people) for card in cards(home)] == [(CARD_VERSION, before.people)]


def test_a_comparison_that_cannot_be_read_is_refused(examine: Callable[..., Path], bank, transforms, tmp_path: Path) -> None:
    exam = examine(Perfect(bank.rows, transforms), parts=1)
    (exam / "humans.jsonl").write_text(json.dumps(HEAD) + "\n{}\n", encoding="utf-8")
    with pytest.raises(ExamError, match=r"humans\.jsonl: is no comparison with people of this version \(task: Field required"):
        issue(exam, tmp_path / "home")
    assert not (tmp_path / "home").exists()
