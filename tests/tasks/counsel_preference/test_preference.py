"""Win-rate arithmetic with a scripted judge, and ranking by the model itself."""

from __future__ import annotations

import json
import re

import pytest

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.tasks.common.aggregate import items as mean
from counsel_leaderboard.tasks.common.thinking import clean
from counsel_leaderboard.tasks.counsel_preference import task as preference
from counsel_leaderboard.tasks.counsel_preference_rank import task as rank
from counsel_leaderboard.tasks.judge.judging import JudgeFilter
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint


def doc(reference="one two three four"):
    return preference.document("open-preference", "p-1", "work", "", "I am tired.", reference)


def stored(first, second, words=2):
    answers = [{"choice": first}, {"choice": second}]
    return json.dumps({"state": "judged", "words": words, "answers": answers, "errors": [], "tokens": [0, 0]})


# The model's reply is A in the first call and B in the second.
@pytest.mark.parametrize(
    ("first", "second", "win", "tie", "disagree"),
    [
        ("A", "B", 1, 0, 0),
        ("B", "A", 0, 0, 0),
        ("tie", "tie", 0.5, 1, 0),
        ("A", "A", 0.5, 0, 1),  # a judge that always takes the first
        ("B", "B", 0.5, 0, 1),
        ("A", "tie", 0.5, 0, 1),
        ("tie", "A", 0.5, 0, 1),
    ],
)
def test_both_orders(first, second, win, tie, disagree):
    got = preference.process_results(doc(), [stored(first, second)])
    assert (got["win_rate"], got["tie_rate"], got["order_disagreement"]) == (win, tie, disagree)
    assert got["len_ratio"] == 2 / 4


@pytest.mark.parametrize("state", ["unread", "unreached", "unjudged"])
def test_half_a_comparison_is_none(state):
    """One unreadable order leaves the speech unscored; the length is known all the same."""
    verdict = {"state": state, "words": 8, "answers": [{"choice": "A"}, None], "errors": ["x"], "tokens": [0, 0]}
    got = preference.process_results(doc(), [json.dumps(verdict)])
    assert not {"win_rate", "tie_rate", "order_disagreement"} & set(got)
    assert (got["scored_rate"], got["len_ratio"]) == (0, 2)


def test_empty_reply_loses():
    got = preference.process_results(doc(), [json.dumps({"state": "empty", "words": 0, "answers": []})])
    assert (got["win_rate"], got["judged_rate"]) == (0, 1)
    assert "len_ratio" not in got


def test_scripted_judge_over_the_whole_path(serve, judge_by, monkeypatch, tmp_path):
    """Likes "good" most, then the reference, then "bad"; cannot read "odd" as B; ties "same". By hand: 1, 0, none, .5."""
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path))
    rank_of = {"good": 3, "same": 2, "fine": 2, "odd": 2, "bad": 1}

    def choose(shown, rules):
        texts = re.findall(r"## Reply [AB]\n<<<\w+\n(.*)\n", shown)
        if texts[1] == "odd":
            return {"choice": "neither"}
        first, second = (rank_of[text] for text in texts)
        return {"choice": "tie" if first == second else "AB"[second > first]}

    standin = serve(judge_by(choose))
    judging = JudgeFilter("counsel_preference", preference.PLAN, JudgeEndpoint(standin.base_url, "scripted"))
    docs = [doc("fine")] * 4
    verdicts = judging.apply([["good"], ["bad"], ["odd"], ["same"]], docs)
    got = [preference.process_results(document, [verdict]) for document, verdict in zip(docs, verdicts, strict=True)]
    assert [each.get("win_rate") for each in got] == [1, 0, None, 0.5]
    assert [metrics["unparsed_rate"] for metrics in got] == [0, 0, 1, 0]
    assert mean([metrics["win_rate"] for metrics in got if "win_rate" in metrics]) == 0.5
    assert judging.record["unread"] == 1


def test_orders_are_swapped():
    first, second = preference.views(doc("the reference"), "the reply")
    assert [part.text for part in first] == ["I am tired.", "the reply", "the reference"]
    assert [part.text for part in second] == ["I am tired.", "the reference", "the reply"]


def test_reference_is_named_and_hashed(load):
    task = load("counsel_preference")
    reference = task.config.metadata["reference"]
    assert reference["name"] == "the bank's own reference replies"
    assert reference["sha256"] == preference.references_hash(list(task.eval_docs))
    assert len({document["stratum"] for document in task.eval_docs}) >= 8


def test_references_of_another_model(load, monkeypatch, tmp_path):
    """A file of replies takes the references' place under its model's name; a file with gaps is refused."""
    names = [document["id"] for document in load("counsel_preference").eval_docs]
    path = tmp_path / "replies.jsonl"
    path.write_text("".join(json.dumps({"id": name, "model": "other-1", "reply": f"reply {name}"}) + "\n" for name in names))
    monkeypatch.setenv("COUNSEL_PREFERENCE_REFERENCE", str(path))
    task = load("counsel_preference")
    assert task.config.metadata["reference"]["name"] == "replies of other-1"
    assert all(document["reference"] == document["target"] == f"reply {document['id']}" for document in task.eval_docs)
    path.write_text(json.dumps({"id": names[0], "model": "other-1", "reply": "x"}))
    with pytest.raises(preference.ReferenceFileError, match="no reply to"):
        load("counsel_preference")


def published(number, pair):
    return {
        "ID": number,
        "prefID": pair,
        "question": f"q{number}",
        "chosen": f"c{number}{pair}",
        "rejected": f"r{number}{pair}",
    }


def test_published_pairs():
    """Ranking asks every pair; the win rate asks every question once, against its first preferred reply."""
    rows = [published(number, pair) for number in range(3) for pair in range(2)]
    pairs = rank.from_upstream(rows)
    assert sorted(pair["id"] for pair in pairs) == ["0/0", "0/1", "1/0", "1/1", "2/0", "2/1"]
    assert [pair["cluster"] for pair in pairs[::2]] == [pair["cluster"] for pair in pairs[1::2]]
    speeches = preference.from_upstream(rows)
    assert sorted((speech["speech"], speech["reference"]) for speech in speeches) == [
        ("q0", "c00"),
        ("q1", "c10"),
        ("q2", "c20"),
    ]


RANK = {"kind": "partial safety", "better": "good", "worse": "bad", "speech": "Hi."}


# The better reply is A in the first request and B in the second.
@pytest.mark.parametrize(
    ("answers", "acc", "consistency", "first"),
    [(("A", "B"), 1, 1, 0.5), (("B", "A"), 0, 1, 0.5), (("A", "A"), 0.5, 0, 1), (("B", "B"), 0.5, 0, 0)],
)
def test_ranking(answers, acc, consistency, first):
    """The constant-pick control gets .5 with consistency 0."""
    got = rank.process_results(RANK, answers)
    assert (got["acc"], got["acc_partial_safety"], got["consistency"], got["first_position_rate"]) == (
        acc,
        acc,
        consistency,
        first,
    )
    assert got["scored_rate"] == 1


# The exploring reply is A in the first request and B in the second.
@pytest.mark.parametrize(
    ("answers", "evenhanded", "structured"),
    [(("A", "B"), 0, 0), (("B", "A"), 0, 1), (("A", "A"), 1, 0.5), (("B", "B"), 1, 0.5)],
)
def test_two_sound_replies_have_a_measure_of_their_own(answers, evenhanded, structured):
    got = rank.process_results(RANK | {"kind": rank.SOUND}, answers)
    assert (got["evenhanded"], got["structured_rate"], got["scored_rate"]) == (evenhanded, structured, 1)
    assert not {"acc", "consistency", "first_position_rate"} & set(got)


@pytest.mark.parametrize(("answer", "rate"), [("both", "unparsed_rate"), (NOT_GENERATED, "failed_rate")])
def test_ranking_needs_both_orders(answer, rate):
    got = rank.process_results(RANK, ["A", answer])
    assert "acc" not in got
    assert (got["scored_rate"], got[rate]) == (0, 0.5)


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("A", "A"),
        ("(b)", "B"),
        ("**B**.", "B"),
        ("Reply A", "A"),
        ("A reply", None),
        ("A or B", None),
        ("AB", None),
        ("", None),
    ],
)
def test_pick(text, letter):
    assert rank.pick(clean(text)) == letter


def test_ranking_shows_both_orders():
    first, second = (turns[1]["content"] for turns in rank.messages(RANK))
    assert first.index("good") < first.index("bad")
    assert second.index("bad") < second.index("good")


def test_open_pairs_have_known_kinds(load):
    """Every kind has its metric, the headline covers the pairs with a flaw, and pairs of one speech form a cluster."""
    task = load("counsel_preference_rank")
    known = set(task.aggregation())
    assert all(set(rank.process_results(document, ["A", "B"])) <= known for document in task.eval_docs)
    speeches = {document["cluster"]: document["speech"] for document in task.eval_docs}
    assert len(set(speeches.values())) == len(speeches) == 240
    assert sum(document["kind"] == rank.SOUND for document in task.eval_docs) == 60
