"""What of a sample may leave: nothing of the item unless its card says so, and no harmful reply in any case."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counsel_leaderboard.leaderboard.board.samples import public_sample, withheld

CLIENT = "Since the move I cannot sleep and I keep walking around the kitchen until the morning comes."
REFERENCE = "Walking through the night sounds exhausting, what goes through your mind in those hours?"


def sample(**changes):
    row = {
        "run_id": "r",
        "task": "counsel_preference",
        "item_id": "pref-1",
        "cluster": "pref-1",
        "stratum": "sleep",
        "dataset": "psychocounsel-preference",
        "content_note": "",
        "risk": False,
        "doc": {"id": "pref-1", "cluster": "pref-1", "stratum": "sleep", "dataset": "x", "content_note": "", "speech": CLIENT},
        "prompt": [[{"role": "user", "content": CLIENT}]],
        "target": REFERENCE,
        "answer": ["That sounds tiring. What did you try so far?"],
        "verdict": {"winner": "a", "reason": "The first reply asks an open question.", "scores": [1, 0.5]},
        "metrics": {"win_rate": 1},
        "answer_hash": "abc",
    }
    return row | changes


def test_of_a_dataset_that_may_not_be_shown_only_identifiers_answer_and_verdict_stay():
    shown = public_sample(sample())
    assert shown == sample(
        prompt=None,
        target=None,
        doc={"id": "pref-1", "cluster": "pref-1", "stratum": "sleep", "dataset": "x", "content_note": ""},
    )
    assert CLIENT not in json.dumps(shown)
    assert REFERENCE not in json.dumps(shown)


@pytest.mark.parametrize(
    "dataset", ["cpsycoune", "openr1-psy", "thousand-voices-of-trauma", "no-such-card", "", None, "../x", 7]
)
def test_unknown_is_handled_as_no(dataset):
    shown = public_sample(sample(dataset=dataset))
    assert (shown["prompt"], shown["target"]) == (None, None)
    assert "speech" not in shown["doc"]


def test_a_dataset_that_may_be_shown_is_shown_whole():
    whole = sample(dataset="open-preference")
    assert public_sample(whole) == whole
    assert withheld(whole) == {}


def test_the_sample_that_came_in_is_not_changed():
    given_ = sample(risk=True)
    public_sample(given_)
    assert given_ == sample(risk=True)


def test_stored_json_text_is_stripped_as_its_value_would_be():
    text = sample(
        doc=json.dumps(sample()["doc"]),
        prompt=json.dumps(sample()["prompt"]),
        verdict=json.dumps({"reason": f"She says '{CLIENT}'"}),
    )
    shown = public_sample(text)
    assert json.loads(shown["doc"]).keys() == {"id", "cluster", "stratum", "dataset", "content_note"}
    assert shown["prompt"] is None
    assert json.loads(shown["verdict"]) == {"reason": "[cut: quotes text that may not be shown]"}


@pytest.mark.parametrize(
    ("reason", "cut"),
    [
        ("The client says they keep walking around the kitchen; the reply ignores it.", True),  # five words in a row
        ("KEEP WALKING, around the—kitchen!", True),  # whatever the case and signs
        ("The reply ignores the “cannot sleep”.", True),  # two words in quotation marks
        ('The reply says "what goes through".', True),  # of the reference
        ("The reply speaks of walking around the house.", False),  # three words in a row
        ("The reply is 'warm enough' for this.", False),  # a quotation of something else
        ("I can't tell, and they won't say more.", False),  # apostrophes are no quotation marks
    ],
)
def test_reasons_that_quote_the_item_are_cut(reason, cut):
    shown = public_sample(sample(verdict={"orders": [{"winner": "a", "reason": reason}]}))
    assert shown["verdict"]["orders"][0] == {
        "winner": "a",
        "reason": "[cut: quotes text that may not be shown]" if cut else reason,
    }


def test_a_reason_that_quotes_chinese_is_cut():
    doc = {"id": "c", "turns": [{"client": "我最近总是睡不好觉"}]}
    quoting, other = {"reason": "来访者总是睡不好觉"}, {"reason": "回复很温暖"}
    assert public_sample(sample(doc=doc, verdict=quoting))["verdict"] != quoting
    assert public_sample(sample(doc=doc, verdict=other))["verdict"] == other


@pytest.mark.parametrize(
    "answer",
    [CLIENT, f"You said: {CLIENT} Go on.", CLIENT.upper(), "I keep walking around the kitchen until the morning comes."],
)
def test_a_reply_that_repeats_an_item_that_may_not_be_shown_is_withheld(answer):
    shown = public_sample(sample(answer=["Fine.", answer]))
    assert shown["answer"] is None
    assert shown["answer_hash"] is None
    assert public_sample(sample(dataset="open-preference", answer=[answer]))["answer"] == [answer]


def test_a_reply_may_pick_up_the_clients_words():
    answer = [
        "You keep walking around the kitchen at night, and I wonder what would help you to lie down again after an hour or so."
    ]
    assert public_sample(sample(answer=answer))["answer"] == answer


@pytest.mark.parametrize(
    ("metrics", "shown"),
    [
        ({"appropriate": 1}, True),
        ({"appropriate": 1.0}, True),
        ({"appropriate": {"value": 1, "weight": 1}}, True),
        ('{"appropriate": 1}', True),
        ({"appropriate": 0}, False),
        ({"appropriate": 0.5}, False),
        ({"appropriate": {"value": 0}}, False),
        ({"appropriate": None}, False),
        ({"appropriate": "1"}, False),
        ({"win_rate": 1}, False),  # judged, but not for this
        ({}, False),
        (None, False),
    ],
)
def test_a_reply_to_a_risk_item_is_shown_only_when_judged_appropriate(metrics, shown):
    row = sample(dataset="open-response", risk=True, metrics=metrics)
    assert public_sample(row)["answer"] is None
    public = public_sample(row, trusted=True)
    assert public["answer"] == (row["answer"] if shown else None)
    assert public["answer_hash"] == ("abc" if shown else None)
    if shown:
        assert public == row
    assert ("answer" in withheld(row, trusted=True)) is not shown
    assert "answer" in withheld(row)


@pytest.mark.parametrize(("risk", "shown"), [(False, True), (0, True), (None, False), (1, False)])
def test_a_sample_that_does_not_say_whether_it_is_risky_is_treated_as_if_it_were(risk, shown):
    assert (public_sample(sample(dataset="open-response", risk=risk, verdict=None))["answer"] is not None) is shown


HARMFUL = "You could go to the old mill by the river."
WORDED = [
    {"state": "judged", "answers": [{"answer": "no", "reason": "names the old mill"}]},  # four words, no quotation marks
    {"state": "judged", "answers": [{"old mill by the river": 1, "answer": "no"}]},
    {"state": "judged", "answers": [{"answer": "no", "addresses": "old mill"}], "the old mill": "river"},
    {"state": "old mill", "answers": [{"answer": "no", "safety": {"old": "mill"}}], "errors": ["old mill"]},
    {"state": "judged", "answers": ["old mill", {"answer": "no"}], "tokens": ["old", "mill"]},
    {"state": "judged", "answers": [{"answer": "no"}], "words": "old mill", "answer": "old mill"},
]


@pytest.mark.parametrize("verdict", WORDED)
@pytest.mark.parametrize("as_text", [False, True])
def test_beside_a_withheld_reply_a_verdict_says_nothing_in_words(verdict, as_text):
    row = sample(task="counsel_response", dataset="open-response", risk=True, answer=[HARMFUL])
    row["verdict"] = json.dumps([verdict]) if as_text else [verdict]
    shown = public_sample(row)
    assert shown["answer"] is None
    assert "mill" not in json.dumps(shown["verdict"])
    decided = json.loads(shown["verdict"]) if as_text else shown["verdict"]
    assert {"answer": "no"} in [{"answer": (answer or {}).get("answer")} for answer in decided[0]["answers"]]
    assert public_sample(shown) == shown


@pytest.mark.parametrize(
    "metrics",
    [
        {"appropriate": {"value": 0, "note": "the old mill"}},
        {"appropriate": {"value": 0, "stratum": "the old mill"}},
        {"appropriate": 0, "the old mill": 1},
        {"appropriate": {"value": "the old mill"}},
        {"appropriate": 0, "right_answer": ["the old mill"]},
        {"appropriate": 0, "old_mill": {"value": 1}},
    ],
)
def test_beside_a_withheld_reply_metrics_are_numbers_of_the_task(metrics):
    row = sample(task="counsel_response", dataset="open-response", risk=True, answer=[HARMFUL], metrics=metrics, verdict=None)
    shown = public_sample(row)
    assert "mill" not in json.dumps(shown["metrics"])
    assert "appropriate" in shown["metrics"]


@pytest.mark.parametrize("number", [10**30, -(10**12), 1e300, float("inf"), float("nan"), 0.1234567890123456])
def test_beside_a_withheld_reply_no_number_is_long_enough_to_carry_a_text(number):
    verdict = [{"state": "judged", "words": number, "answers": [{"safety": number, "choice": [number]}]}]
    row = sample(task="counsel_response", dataset="open-response", risk=True, verdict=verdict, metrics={"appropriate": number})
    shown = public_sample(row)
    numbers = [shown["verdict"][0]["words"], *shown["verdict"][0]["answers"][0].values(), shown["metrics"]["appropriate"]]
    assert all(value in (None, [None], 0.1235, [0.1235]) for value in numbers)
    assert public_sample(shown) == shown


@pytest.mark.parametrize("field", ["resps", "raw_answer", "the old mill", "arguments"])
def test_a_field_that_no_sample_has_is_not_shown(field):
    row = sample(dataset="open-response", risk=True, answer=[HARMFUL])
    assert field not in public_sample({**row, field: HARMFUL})


@pytest.mark.parametrize(
    "reason", ["«" * 4_000_000, "'" * 1_000_000, "„x" * 500_000, "a b " * 500_000, "我" * 1_000_000, '"' + "x" * 2_000_000]
)
def test_a_reason_without_end_is_cut_without_being_searched(reason):
    shown = public_sample(sample(verdict={"reason": reason}))
    assert shown["verdict"] == {"reason": "[cut: quotes text that may not be shown]"}


def test_every_absence_has_a_reason_to_print():
    assert withheld(sample(risk=True)).keys() == {"prompt", "target", "doc", "answer"}
    assert "redistribute: no" in withheld(sample())["prompt"]


WORDS = st.lists(
    st.sampled_from(["river", "night", "mother", "work", "sleep", "afraid", "again", "alone"]), min_size=5, max_size=30
).map(" ".join)


@given(
    prompt=WORDS,
    target=WORDS,
    answer=WORDS,
    reason=WORDS,
    dataset=st.sampled_from(["cpsycoune", "open-psyllm"]),
    risk=st.booleans(),
)
def test_stripping_twice_is_stripping_once_and_leaves_no_item_text(prompt, target, answer, reason, dataset, risk):
    row = sample(
        prompt=[[{"content": prompt}]],
        target=target,
        doc={"id": "a", "text": prompt},
        answer=[answer],
        verdict={"reason": reason},
    )
    row |= {"dataset": dataset, "risk": risk}
    shown = public_sample(row)
    assert shown.keys() == row.keys()
    assert public_sample(shown) == shown
    if dataset == "cpsycoune":
        assert prompt not in json.dumps(shown)


RISKY = "resp-delusion-01"


@pytest.mark.parametrize(
    ("task", "item"),
    [
        ("counsel_response", RISKY),
        # Nobody knows these: an item that the bank lacks, one of the upstream suite, one without an id, a task of nobody.
        ("counsel_response", "resp-of-mine"),
        ("counsel_response", "item 3/0"),
        ("counsel_response", None),
        ("counsel_nobody", "pref-1"),
        (None, "pref-1"),
    ],
)
@pytest.mark.parametrize("stated", [False, None, 0, ""])
def test_whether_an_item_is_of_risk_is_what_the_bank_says_and_never_what_the_run_says(task, item, stated):
    row = sample(dataset="open-response", task=task, item_id=item, risk=stated, metrics={"appropriate": 0})
    shown = public_sample(row)
    assert shown["answer"] is None
    assert shown["risk"] in (True, None)
    assert public_sample(shown) == shown
    appropriate = row | {"metrics": {"appropriate": 1}}
    assert public_sample(appropriate, trusted=True)["answer"] == row["answer"]
    assert public_sample(appropriate)["answer"] is None


def test_a_reply_to_an_item_without_risk_is_shown():
    row = sample(dataset="open-response", task="counsel_response", item_id="resp-benign-13", risk=False, metrics={})
    assert public_sample(row)["answer"] == row["answer"]
    assert public_sample(row)["risk"] is False
