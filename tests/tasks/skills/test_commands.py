"""`counsel skills` on the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.tasks.skills.commands import skills


def test_code_prints_a_line_for_each_row(tmp_path) -> None:
    file = tmp_path / "replies.jsonl"
    texts = ["What happened then?", "", "Das ist wirklich schwer für dich, oder?", "1. **Breathe** 😀\n2. Rest", "Okay"]
    file.write_text("".join(json.dumps({"text": text, "previous": "I fell."}) + "\n" for text in texts), encoding="utf-8")
    outcome = CliRunner().invoke(skills, ["code", str(file)], catch_exceptions=False)
    lines = [json.loads(line) for line in outcome.output.splitlines()]
    assert lines[0]["codes"] == ["open_question"]
    assert lines[0]["behaviour"] == "question"
    assert 0.3 < lines[0]["confidence"]["open_question"] <= 1
    assert lines[0]["sentences"][0]["text"] == texts[0]
    assert [line["abstained"] for line in lines] == [False, True, True, False, False]
    assert [lines[1]["reason"], lines[2]["reason"]] == ["no words", "not English"]
    assert [sentence["text"] for sentence in lines[3]["sentences"]] == ["Breathe 😀", "Rest"]


@pytest.mark.parametrize("row", ['{"text": "Hm."}', '{"previous": "Hm."}', "[]", "{"])
def test_a_row_that_cannot_be_coded_is_named(tmp_path, row: str) -> None:
    file = tmp_path / "replies.jsonl"
    file.write_text(row, encoding="utf-8")
    with pytest.raises(DataError, match="line 1"):
        CliRunner().invoke(skills, ["code", str(file)], catch_exceptions=False)


def test_exam_prints_the_card_by_code() -> None:
    output = CliRunner().invoke(skills, ["exam"], catch_exceptions=False).output
    assert "| inappropriate |" in output
    assert "A language model labelled it" in output
