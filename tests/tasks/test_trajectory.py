"""The two trajectory tasks: arithmetic, requests and published cases."""

from __future__ import annotations

import collections
import json
import math

import pytest

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.registry.scoring.distress_curves import at, mean_arc
from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.common.trajectory import LONGEST_READ, MOST_EMOJI, PHASES, distress, from_rows, valence
from counsel_leaderboard.tasks.counsel_trajectory_rating import task as rating
from counsel_leaderboard.tasks.counsel_trajectory_reply import task as reply

LINE = [0.0, 10.0, 20.0, 30.0]


def case(name, levels, phases=PHASES, stated=()):
    turns = [
        {"therapist": f"T{index}", "client": f"{name} C{index}", "suds": level, "suds_stated": index in stated}
        for index, level in enumerate(levels)
    ]
    row = {"id": name, "case": name, "content_note": "note"}
    return row | {"phases": [{"phase": phase, "turns": [dict(turn) for turn in turns]} for phase in phases]}


def only(rows, name):
    return next(doc for doc in from_rows(rows, "open-trajectory") if doc["cluster"] == name)


def test_phases_are_ordered_as_numbers():
    doc = only([case("a", [1, 2], ("P11", "P10", "P5", "P8", "P7", "P6"))], "a")
    assert list(dict.fromkeys(turn["phase"] for turn in doc["turns"])) == list(PHASES)
    assert doc["complete"]


def test_leave_one_out_arc():
    """Read at the same relative place: of [0, 100] at thirds 0, 33.3, 66.7, 100; of [20, 20] 20; the mean of both."""
    arc = mean_arc([{"phase": "P5", "suds": 1}] * 4, [{"P5": [0, 100]}, {"P5": [20, 20]}])
    assert arc == pytest.approx([10, (100 / 3 + 20) / 2, (200 / 3 + 20) / 2, 60])
    assert mean_arc([{"phase": "P5", "suds": 1}], [{"P6": [0]}]) == []
    assert at([7], 0.5) == 7
    rows = [case("a", [10, 30]), case("b", [50, 70])]
    assert only(rows, "a")["baseline"] == [50, 70] * 6
    assert only(rows, "b")["baseline"] == [10, 30] * 6


def test_arc_control_has_no_skill():
    """The leave-one-out mean arc itself gets skill 0, whatever its correlation."""
    doc = only([case("a", [10, 30, 20]), case("b", [50, 70, 90])], "a")
    got = rating.process_results(doc, [f"{level:.0f}" for level in doc["baseline"]])
    assert got["skill"] == pytest.approx(0)
    assert got["pearson"] > 0


def test_constant_control():
    """Constant 50 against 0, 10, 20, 30 in every phase: ccc 0, no Pearson, RMSE sqrt((2500+1600+900+400)/4)."""
    doc = only([case("a", LINE)], "a")
    got = rating.process_results(doc, ["50"] * 24)
    assert got["ccc"] == 0
    assert got["constant_rate"] == 1
    assert "pearson" not in got
    assert "skill" not in got  # one case alone has no mean arc
    assert got["rmse"] == pytest.approx(math.sqrt(1350))
    assert got["rmse_p10"] == pytest.approx(math.sqrt(1350))
    assert got["scored_rate"] == 1


def test_stated_turns_are_reported_apart():
    """A stated number answered wrongly by 40 touches rmse_stated and nothing else."""
    doc = only([case("a", LINE, stated=(3,))], "a")
    answers = [f"{turn['suds'] + 40 * turn['suds_stated']:.0f}" for turn in doc["turns"]]
    got = rating.process_results(doc, answers)
    assert (got["rmse"], got["rmse_stated"], got["ccc"]) == (0, pytest.approx(40), pytest.approx(1))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("70", 70),
        (" 70.", 70),
        ("**70**", 70),
        ("70/100", 70),
        ("62.5", 62.5),
        ("0", 0),
        ("100", 100),
        ("101", None),
        ("-5", None),
        ("60-70", None),
        ("about 70", None),
        ("seventy", None),
        ("70 because", None),
        ("", None),
    ],
)
def test_one_number_and_nothing_else(text, number):
    assert rating.rating(clean(text)) == number


def test_unparsed_and_failed_turns():
    """24 turns, the first three unusable: 21/24 scored, one unparsed, one failed, one truncated, the rest compared."""
    doc = only([case("a", LINE)], "a")
    answers = [f"{turn['suds']:.0f}" for turn in doc["turns"]]
    got = rating.process_results(doc, ["calm", NOT_GENERATED, "<think>", *answers[3:]])
    assert got["scored_rate"] == 21 / 24
    assert (got["unparsed_rate"], got["failed_rate"], got["truncated_rate"]) == (1 / 24, 1 / 24, 1 / 24)
    assert got["ccc"] == pytest.approx(1)


def test_too_few_numbers_are_no_series():
    """Under half of the turns: no value, scored 0."""
    doc = only([case("a", LINE)], "a")
    got = rating.process_results(doc, ["5"] * 11 + ["calm"] * 13)
    assert "ccc" not in got
    assert got["scored_rate"] == 0


@pytest.mark.parametrize("module", [rating, reply])
def test_case_with_a_phase_missing_is_only_counted(module):
    doc = only([case("a", LINE, ("P5", "P6", "P7", "P8", "P10")), case("b", LINE)], "a")
    got = module.process_results(doc, ["20"] * len(module.messages(doc)))
    assert got["incomplete_rate"] == 1
    assert not {"ccc", "rmse", "scored_rate"} & set(got)


def test_rating_requests_follow_the_session():
    """One request a client turn; the history is that phase's session so far."""
    doc = only([case("a", LINE)], "a")
    requests = rating.messages(doc)
    assert len(requests) == 24
    assert requests[5][1]["content"].startswith(
        "Therapist: T0\n\nClient: a C0\n\nTherapist: T1\n\nClient: a C1\n\nHow distressed"
    )


def test_reply_requests_have_a_reference():
    """Each client turn that the therapist answers in the same session, three of four; the assistant never opens."""
    doc = only([case("a", LINE)], "a")
    requests = reply.messages(doc)
    assert len(requests) == 18
    assert [turn["role"] for turn in requests[1]] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert [turn["content"] for turn in requests[1][1:]] == ["(The session begins.)", "T0", "a C0", "T1", "a C1"]


def test_reply_valence():
    """The reference's own words: distance 0. Words without feeling against them have a constant valence of 0."""
    row = case("a", LINE)
    for phase in row["phases"]:
        for turn, words in zip(
            phase["turns"], ("Hello.", "That is wonderful.", "That is terrible.", "Stay with it."), strict=True
        ):
            turn["therapist"] = words
    doc = only([row], "a")
    same = reply.process_results(doc, [doc["turns"][index + 1]["therapist"] for index in reply.answerable(doc)])
    assert (same["pearson"], same["rmse"], same["dtw"]) == (pytest.approx(1), 0, 0)
    flat = reply.process_results(doc, ["Stay with that image."] * 18)
    assert valence("Stay with that image.") == 0
    assert flat["constant_rate"] == 1
    assert "pearson" not in flat
    expected = math.sqrt((valence("That is wonderful.") ** 2 + valence("That is terrible.") ** 2) / 3)
    assert flat["rmse"] == pytest.approx(expected)


def test_reply_without_words_is_not_scored():
    doc = only([case("a", LINE)], "a")
    got = reply.process_results(doc, [""] * 18)
    assert (got["answered_rate"], got["scored_rate"]) == (0, 0)
    assert "rmse" not in got


def test_published_cases_get_a_pinned_reference():
    """Rows of the published shape: the scorer's distress is the reference, a named number counts as stated, empty turns go."""
    turns = [{"therapist": "Hi.", "client": "I feel wonderful."}, {"therapist": "And now?", "client": "About 80."}]
    turns.append({"therapist": "Thank you.", "client": ""})
    row = {"id": "v-1", "case": "1", "profile": {}, "trauma_info": {}}
    doc = only([row | {"phases": [{"phase": phase, "turns": turns} for phase in PHASES]}], "1")
    assert [turn["suds_stated"] for turn in doc["turns"]] == [False, True] * 6
    assert doc["turns"][0]["suds"] == distress("I feel wonderful.") < 50
    assert doc["content_note"]


def test_open_cases(load):
    """Complete cases, a request a turn, the scorer and the reference recorded."""
    task = load("counsel_trajectory_rating")
    docs = list(task.eval_docs)
    assert all(doc["complete"] and len(doc["baseline"]) == len(doc["turns"]) for doc in docs)
    assert len({doc["id"] for doc in docs}) == len(docs)
    assert task.config.metadata["reference"]["name"] == "author labels (SUDS)"
    other = load("counsel_trajectory_reply")
    assert other.config.metadata["scorer"]["version"]
    other.build_all_requests(limit=2)
    calls = collections.Counter(instance.doc_id for instance in other.instances)
    assert calls == {index: len(reply.answerable(docs[index])) for index in (0, 1)}
    assert [instance.idx for instance in other.instances if instance.doc_id == 1] == list(range(calls[1]))
    assert json.dumps(docs[0])


def test_of_a_very_long_text_the_beginning_counts() -> None:
    text = "I am sad, but glad. " * 5_000
    assert valence(text) == valence(text[:LONGEST_READ])
    assert valence("sad " + "x " * LONGEST_READ + "glad " * 100) < 0


@pytest.mark.parametrize("emoji", ["\U0001f600", "\u2764 ", "\U0001f622 ok "])
def test_emoji_without_end_are_read_from_the_beginning(emoji):
    assert valence(emoji * MOST_EMOJI + emoji + "terrible " * 200) == valence(emoji * MOST_EMOJI)
    assert valence(emoji * (MOST_EMOJI - 1) + "terrible " * 200) < valence(emoji * (MOST_EMOJI - 1))
