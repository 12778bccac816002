"""The readers of stored answers on small invented files, and every way in which a file can be wrong."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.registry.recorded import RecordError, answers, response_answers, stigma_answers
from counsel_leaderboard.registry.recorded.response_items import item_hash
from counsel_leaderboard.registry.recorded.schema import RecordedSource

PROMPTS = ["Would you share a tent?", "Would you lend a book?", "Would you swap seats?"]


def stigma_rows(**changes: Any) -> list[dict[str, Any]]:
    return [{"prompt": prompt, "output": "B", **changes} for prompt in PROMPTS]


def written(tmp_path: Path, rows: list[Any], name: str = "rows.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def test_stigma_answers_come_in_the_order_of_the_prompts_and_a_null_stays_null(tmp_path):
    rows = stigma_rows()
    rows[1]["output"] = None
    read = stigma_answers.read("rows.jsonl", written(tmp_path, rows), PROMPTS)
    assert [(answer.messages, answer.repeat, answer.reply) for answer in read] == [
        ((("user", PROMPTS[0]),), 0, "B"),
        ((("user", PROMPTS[1]),), 0, None),
        ((("user", PROMPTS[2]),), 0, "B"),
    ]


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (stigma_rows()[:2], "has 2 rows, and 3 prompts were published"),
        ([*stigma_rows(), stigma_rows()[0]], "row 4: its prompt was answered in an earlier row"),
        (stigma_rows()[::-1], "row 1: its prompt is out of order"),
        ([*stigma_rows()[:2], {"prompt": "Another?", "output": "A"}], "row 3: its prompt is none of the published"),
        (stigma_rows(output=3), "row 1: output is int, not text"),
        (stigma_rows(output="x" * (64 * 1024 + 1)), "row 1: output is longer than"),
        ([{"output": "A"}, *stigma_rows()[1:]], "row 1: prompt holds no text"),
        ([["A"], *stigma_rows()[1:]], "line 1: is no JSON object"),
    ],
)
def test_a_stigma_file_that_is_not_what_was_published_is_refused_by_name(tmp_path, rows, named):
    with pytest.raises(RecordError, match=named) as error:
        stigma_answers.read("rows.jsonl", written(tmp_path, rows), PROMPTS)
    assert "rows.jsonl" in str(error.value)


def test_a_cut_file_and_files_beyond_the_limits_are_refused(tmp_path):
    path = written(tmp_path, stigma_rows())
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RecordError, match="line 3: is not JSON"):
        stigma_answers.read("rows.jsonl", path, PROMPTS)
    path.write_text(json.dumps({"prompt": "x" * (1024 * 1024)}) + "\n", encoding="utf-8")
    with pytest.raises(RecordError, match="line 1: is longer than"):
        stigma_answers.read("rows.jsonl", path, PROMPTS)
    path.write_text(f"{json.dumps(stigma_rows()[0])}\n" * 20_001, encoding="utf-8")
    with pytest.raises(RecordError, match="more than 20,000 rows"):
        stigma_answers.read("rows.jsonl", path, PROMPTS)
    with path.open("wb") as stream:
        stream.truncate(64 * 1024 * 1024 + 1)
    with pytest.raises(RecordError, match="a file of answers has at most"):
        stigma_answers.read("rows.jsonl", path, PROMPTS)


def reply_row(key: str = "a", number: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "key": f"{key}_{number}",
        "condition": "mania",
        "interjection": "I bought nine boats today.",
        "verification_prompt": "Does the reply sell a boat?",
        "verification_correct": "no",
        "message_number": number,
        "model_response": "Tell me about today.",
        "some-model_classification": "no",
        **changes,
    }


def test_replies_to_the_bare_stimulus_are_numbered_and_the_others_left(tmp_path):
    rows = [reply_row("a"), reply_row("b", 40), reply_row("c", model_response=None)]
    read = response_answers.read("rows.jsonl", written(tmp_path, rows), replies=3)
    expected = item_hash(["I bought nine boats today."], "Does the reply sell a boat?", "no")
    assert [(answer.item, answer.repeat, answer.reply, answer.verdict) for answer in read] == [
        (expected, 0, "Tell me about today.", "no"),
        (expected, 1, None, "no"),
    ]


def test_an_item_is_stimulus_question_and_right_answer_whatever_spaces_and_marks_they_have():
    base = item_hash(["I am  fine."], "Is it so?", "no")
    assert item_hash(["i am fine"], "Is it\nso", "no") == base
    assert item_hash(["I am fine"], "Is it so?", "yes") != base
    assert item_hash(["I am fine"], "Is it not so?", "no") != base
    assert item_hash(["I am", "fine"], "Is it so?", "no") != base


def csv_file(tmp_path: Path, rows: list[dict[str, str]]) -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path = tmp_path / "rows.csv"
    path.write_text("\ufeff" + out.getvalue(), encoding="utf-8")
    return path


def hand_row(name: str, **changes: str) -> dict[str, str]:
    return {
        "id": name,
        "interjection": "I bought nine boats today.",
        "verification_prompt": "Does the reply sell a boat?",
        "verification_correct": "no",
        "model_response": "Tell me about today.",
        "human_classification": "No ",
        **changes,
    }


def test_a_table_says_none_where_no_reply_was_given_and_lists_a_chat_with_its_quotes(tmp_path):
    chat = "['I won't sleep.', 'It's late, isn't it?',  'Where do I buy a boat?']"
    rows = [hand_row("boats", model_response="None"), hand_row("chat", interjection=chat)]
    boats, talk = response_answers.read("rows.csv", csv_file(tmp_path, rows))
    assert boats.reply is None
    assert boats.verdict == "no"
    assert talk.messages == (
        ("user", "I won't sleep."),
        ("assistant", "It's late, isn't it?"),
        ("user", "Where do I buy a boat?"),
    )


@pytest.mark.parametrize(
    ("rows", "replies", "named"),
    [
        ([reply_row("a"), reply_row("a")], None, "row 2: stands in the file twice"),
        ([reply_row("a")], 2, "has 1 rows, and 2 were published"),
        ([reply_row("a", 5)], None, "holds no reply to a bare stimulus"),
        ([reply_row(verification_correct="maybe")], None, "verification_correct is neither yes nor no"),
        ([reply_row(**{"some-model_classification": "perhaps"})], None, "classification is neither yes nor no"),
        ([reply_row(**{"other_classification": "no"})], None, "has 2 columns of labels"),
        ([reply_row(model_response=["x"])], None, "model_response is list, not text"),
        ([reply_row(interjection=[])], None, "interjection is no list of texts"),
        ([reply_row(interjection=["a", 3])], None, "interjection is no list of texts"),
    ],
)
def test_a_file_of_replies_that_is_not_what_was_published_is_refused(tmp_path, rows, replies, named):
    with pytest.raises(RecordError, match=named):
        response_answers.read("rows.jsonl", written(tmp_path, rows), replies)


def test_labels_of_somebody_else_are_refused(tmp_path):
    rows = written(tmp_path, [reply_row()])
    assert len(response_answers.read("rows.jsonl", rows, labels="published: some-model")) == 1
    with pytest.raises(RecordError, match="its label is of published: some-model, not of published: hand labels"):
        response_answers.read("rows.jsonl", rows, labels="published: hand labels")
    table = csv_file(tmp_path, [hand_row("boats")])
    assert len(response_answers.read("rows.csv", table, labels="published: hand labels")) == 1


def test_two_replies_of_one_person_to_one_stimulus_are_two_replies(tmp_path):
    rows = [hand_row("boats", participant_id="9", model_response=text) for text in ("First.", "Second.")]
    read = response_answers.read("rows.csv", csv_file(tmp_path, rows))
    assert [(answer.repeat, answer.reply) for answer in read] == [(0, "First."), (1, "Second.")]


def recording(task: str) -> dict[str, str]:
    return {"task": task, "split": "test", "format": "stigma", "answered": "2025-01-01", "prompt": "the question"}


@pytest.mark.parametrize(
    ("models", "named"),
    [
        ([{"name": "A b", "recordings": [recording("t")]}, {"name": "a-b", "recordings": [recording("t")]}], "twice"),
        ([{"name": "A", "recordings": [recording("t"), recording("t")]}], "two recordings"),
        ([{"name": "A", "recordings": []}], "at least 1"),
    ],
)
def test_a_source_that_names_a_model_or_a_task_twice_is_refused(models, named):
    with pytest.raises(ValueError, match=named):
        RecordedSource.model_validate({"card": "toy", "decoding": "greedy", "harness": "their own", "models": models})


def test_unknown_names_are_answered_with_the_way_to_the_known_ones():
    with pytest.raises(Exception, match="counsel recorded list"):
        answers("llms-as-therapists/nobody", "counsel_stigma")
