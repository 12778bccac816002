"""Readers on small files of the published shapes; every text is invented."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.sources.readers import READERS


def write(folder, files):
    named = []
    for path, value in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), "utf-8")
        named.append((path, file))
    return named


def read(shape, folder, files):
    return list(READERS[shape]("toy", write(folder, files)))


def test_cpsycoune_gives_turns_without_role_prefixes(tmp_path):
    dialogue = ["求助者：我最近睡不好。", "支持者： 听起来很累。", "求助者:是的：一直想事情。", "支持者：想些什么呢？"]
    assert read("cpsycoune", tmp_path, {"CPsyCounE/Emotion&Stress/3.json": dialogue}) == [
        {
            "id": "toy-emotion-stress-3",
            "topic": "Emotion&Stress",
            "case": "toy-emotion-stress-3",
            "turns": [
                {"client": "我最近睡不好。", "counselor": "听起来很累。"},
                {"client": "是的：一直想事情。", "counselor": "想些什么呢？"},
            ],
        }
    ]


@pytest.mark.parametrize(
    "dialogue",
    [
        ["求助者：一", "求助者：二"],
        ["支持者：一", "求助者：二"],
        ["求助者：一"],
        [],
        {"a": 1},
        ["一", "二"],
        [1, 2],
    ],
)
def test_cpsycoune_refuses_a_dialogue_that_does_not_alternate(tmp_path, dialogue):
    with pytest.raises(DataError, match=r"Sex/1\.json"):
        read("cpsycoune", tmp_path, {"Sex/1.json": dialogue})


def test_openr1_gives_the_same_turns_and_no_thoughts(tmp_path):
    row = {
        "post_id": 17,
        "file": "x",
        "conversation": [{"patient": "I feel stuck.", "counselor_content": "Stuck how?", "counselor_think": "Ask more."}],
    }
    turns = [{"client": "I feel stuck.", "counselor": "Stuck how?"}]
    expected = [{"id": "toy-17", "topic": "unknown", "case": "toy-17", "turns": turns}]
    assert read("openr1", tmp_path, {"test.jsonl": json.dumps(row) + "\n"}) == expected
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "test-0.parquet")
    assert list(READERS["openr1"]("toy", [("test-0.parquet", tmp_path / "test-0.parquet")])) == expected


@pytest.mark.parametrize(
    "row", [{"conversation": []}, {"post_id": 1, "conversation": None}, {"post_id": 1, "conversation": [{"patient": "a"}]}]
)
def test_openr1_refuses_rows_of_another_shape(tmp_path, row):
    with pytest.raises(DataError, match="toy: a row without"):
        read("openr1", tmp_path, {"test.jsonl": json.dumps(row) + "\n"})


def voice(*lines):
    return {"full_conversation": list(lines)}


ABOUT = {"client_profile": {"age": 44}, "therapist_profile": {"years": 9}, "trauma_info": {"type": "accident"}}


@pytest.mark.parametrize("plural", ["", "s"])
def test_voices_orders_phases_as_numbers_and_pairs_turns(tmp_path, plural):
    files = {}
    for phase in (10, 5, 11):  # as strings these would sort 10, 11, 5
        files[f"conversation{plural}/7_P{phase}_conversation{plural}.json"] = voice(
            f"Therapist: Start {phase}.", "Client: Ready."
        )
        files[f"metadata{plural}/7_P{phase}_metadata{plural}.json"] = ABOUT
    turns = {phase: [{"therapist": f"Start {phase}.", "client": "Ready."}] for phase in (5, 10, 11)}
    assert read("voices", tmp_path, files) == [
        {
            "id": "toy-7",
            "case": "7",
            "phases": [{"phase": f"P{phase}", "turns": turns[phase]} for phase in (5, 10, 11)],
            "profile": {"age": 44},
            "trauma_info": {"type": "accident"},
        }
    ]


def test_voices_joins_speeches_in_succession_and_keeps_open_ends(tmp_path):
    lines = ["Client: Hello.", "Therapist: Welcome.", "Therapist: Sit down.", "Client: Thanks: really.", "Therapist: Goodbye."]
    files = {"conversations/1_P5_conversation.json": voice(*lines), "metadata/1_P5_metadata.json": ABOUT}
    assert read("voices", tmp_path, files)[0]["phases"][0]["turns"] == [
        {"therapist": "", "client": "Hello."},
        {"therapist": "Welcome.\nSit down.", "client": "Thanks: really."},
        {"therapist": "Goodbye.", "client": ""},
    ]


def test_voices_orders_cases_as_numbers(tmp_path):
    files = {}
    for case in ("10", "9"):
        files |= {f"c/{case}_P5_conversation.json": voice("Therapist: A.", "Client: B."), f"m/{case}_P5_metadata.json": ABOUT}
    assert [row["case"] for row in read("voices", tmp_path, files)] == ["9", "10"]


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"c/1_P5_conversation.json": voice("Therapist: A.")}, "phase P5 has no metadata"),
        ({"m/1_P5_metadata.json": ABOUT}, "phase P5 has no conversation"),
        ({"c/1_P5_conversation.json": voice("Narrator: A."), "m/1_P5_metadata.json": ABOUT}, "found 'Narrator"),
        ({"c/1_P5_conversation.json": {"other": 1}, "m/1_P5_metadata.json": ABOUT}, "full_conversation"),
        ({"notes.json": {}}, "neither a conversation nor a metadata file"),
    ],
)
def test_voices_refuses_files_of_another_shape(tmp_path, files, named):
    with pytest.raises(DataError, match=named):
        read("voices", tmp_path, files)


PAIR = {
    "ID": 1,
    "prefID": "p",
    "question": "I quarrel with my sister.",
    "chosen": "What happens?",
    "rejected": "Stop it.",
    "chosen_empathy_rating": 4.5,
}


def test_rows_are_the_published_columns_in_every_format(tmp_path):
    pq.write_table(pa.Table.from_pylist([PAIR]), tmp_path / "a.parquet")
    assert list(READERS["rows"]("toy", [("a.parquet", tmp_path / "a.parquet")])) == [PAIR]
    assert read("rows", tmp_path, {"a.jsonl": json.dumps(PAIR)}) == [PAIR]
    assert read("rows", tmp_path, {"a.json": [PAIR]}) == [PAIR]
    assert read("rows", tmp_path, {"a.csv": '\ufeffquestion,n\n"a, ""b""\nc",1\n'}) == [{"question": 'a, "b"\nc', "n": "1"}]


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("a.csv", "x,y\n1\n", "row 1: more or fewer cells"),
        ("a.csv", "x,y\n1,2,3\n", "row 1: more or fewer cells"),
        ("a.json", '{"a": 1}', "expected a JSON list"),
        ("a.json", "[1", "not a whole JSON file"),
        ("a.parquet", "PAR1 no", "not readable as Parquet"),
        ("a.xlsx", "", "this is none of them"),
    ],
)
def test_tables_that_cannot_be_read_are_named(tmp_path, name, content, named):
    with pytest.raises(DataError, match=named):
        read("rows", tmp_path, {name: content})
