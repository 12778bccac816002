"""Documents, arithmetic and the whole path of counsel_psyllm, with a scripted judge."""

from __future__ import annotations

import collections
import hashlib
import json
import re

import pytest

from counsel_leaderboard.tasks.common.aggregate import clusters, items, strata
from counsel_leaderboard.tasks.counsel_psyllm.exam import EXAM
from counsel_leaderboard.tasks.counsel_psyllm.task import DIMENSIONS, PLAN, from_rows, messages, process_results

# protocols/psyllm.md: topic rows C/P/A of three models, and their printed totals
TOPICS = {
    "InternLM2-7B-Chat": (
        "1.31/2.31/1.38 1.19/2.19/1.31 1.36/2.21/1.36 1.31/1.94/1.63 1.31/2.06/1.50 1.31/2.13/1.81 1.29/2.14/1.71 "
        "1.38/2.25/1.19 1.25/2.25/1.42",
        "1.30/2.16/1.48",
    ),
    "GLM-4": (
        "1.50/2.75/2.19 1.38/2.50/2.38 1.50/2.43/2.29 1.38/2.25/2.31 1.63/2.38/2.06 1.38/2.19/2.25 1.36/2.14/2.14 "
        "1.44/2.31/2.19 1.42/2.33/2.17",
        "1.44/2.36/2.22",
    ),
    "CPsyCounX": (
        "1.44/2.69/2.38 1.38/2.75/2.38 1.43/2.86/2.21 1.31/2.44/2.44 1.44/2.81/2.25 1.44/2.69/2.25 1.29/2.29/2.21 "
        "1.31/2.56/2.13 1.50/2.75/2.33",
        "1.39/2.65/2.29",
    ),
}


@pytest.mark.parametrize("model", TOPICS)
def test_totals_of_the_paper(model):
    """The unweighted mean over the nine topics gives the totals as printed."""
    rows, totals = TOPICS[model]
    for index, total in enumerate(totals.split("/")):
        records = [
            {"value": float(row.split("/")[index]), "stratum": f"topic {number}", "cluster": f"case {number}"}
            for number, row in enumerate(rows.split())
        ]
        assert f"{strata(records):.2f}" == total


def test_turns_then_cases_then_topics():
    """By hand: case a (0 + 1) / 2 = .5, case b 1: topic x .75; case c: topic y 0; total .375. Over items it would be 2 / 4."""
    records = [
        {"value": 0, "cluster": "a", "stratum": "x"},
        {"value": 1, "cluster": "a", "stratum": "x"},
        {"value": 1, "cluster": "b", "stratum": "x"},
        {"value": 0, "cluster": "c", "stratum": "y"},
    ]
    assert strata(records) == 0.375
    assert clusters(records) == pytest.approx((0.5 + 1 + 0) / 3)
    assert items(records) == 0.5
    assert strata([]) is None
    assert items([{"value": 1, "weight": 3}, 0]) == 0.75


def case(name, topic, count):
    turns = [{"client": f"{name} says {number}", "counselor": f"reply {number}"} for number in range(count)]
    return {"case": name, "topic": topic, "turns": turns}


def test_documents_see_the_reference_history():
    """An m-turn dialogue becomes m items; item i shows the dialogue up to client turn i with the reference replies."""
    docs = from_rows([case("a", "x", 3)], "open-psyllm")
    assert [doc["id"] for doc in docs] == ["a/01", "a/02", "a/03"]
    assert [doc["target"] for doc in docs] == ["reply 0", "reply 1", "reply 2"]
    (turns,) = messages(docs[2])
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert [turn["content"] for turn in turns[1:]] == ["a says 0", "reply 0", "a says 1", "reply 1", "a says 2"]


def test_prefix_holds_whole_cases_of_different_topics():
    """The first cases come from different topics, and a case is not torn apart."""
    rows = [case(f"{topic}{number}", topic, 2) for topic in "xyz" for number in range(4)]
    docs = from_rows(rows, "open-psyllm")
    assert {doc["stratum"] for doc in docs[:6]} == set("xyz")
    assert [doc["cluster"] for doc in docs[::2]] == [doc["cluster"] for doc in docs[1::2]]
    assert from_rows(rows[::-1], "open-psyllm") == docs


def test_open_bank(load):
    """Every topic of the protocol, and every document complete."""
    task = load("counsel_psyllm")
    docs = list(task.eval_docs)
    assert len({doc["stratum"] for doc in docs}) == 9
    assert len({doc["id"] for doc in docs}) == len(docs)
    assert all(doc["said"][-1]["speaker"] == "client" and doc["target"] for doc in docs)


def test_upstream_items(load, shared, monkeypatch):
    """45 cases, 296 client turns, 9 topics."""
    monkeypatch.setenv("COUNSEL_MIRROR", str(shared / "upstream"))
    docs = list(load("counsel_psyllm", "upstream").eval_docs)
    assert len(docs) == 296
    assert len({doc["cluster"] for doc in docs}) == 45
    assert collections.Counter(len(doc["said"]) // 2 + 1 for doc in docs)[1] == 45
    assert len({doc["stratum"] for doc in docs}) == 9


DOC = {"stratum": "x", "cluster": "a"}
HEADLINES = {"counsel_psyllm": "counseling_quality", "counsel_response": "appropriate", "counsel_preference": "win_rate"}


def stored(state, answers=()):
    return json.dumps({"state": state, "words": 3, "answers": list(answers), "errors": [], "tokens": [0, 0]})


def test_quality_is_the_mean_of_the_four_shares():
    """(1/2 + 1.5/3 + 3/3 + 0/1) / 4 = .5."""
    scores = {"comprehensiveness": 1, "professionalism": 1.5, "authenticity": 3, "safety": 0, "reason": ""}
    got = process_results(DOC, [stored("judged", [scores])])
    assert got["counseling_quality"] == {"value": 0.5, "stratum": "x", "cluster": "a"}
    assert got["authenticity"]["value"] == 3
    assert (got["judged_rate"], got["scored_rate"], got["unparsed_rate"]) == (1, 1, 0)


def test_empty_reply_earns_nothing():
    """The empty control: 0 in every dimension, decided without a judge, answered 0."""
    got = process_results(DOC, [stored("empty")])
    assert {name: got[name]["value"] for name in (*DIMENSIONS, "counseling_quality")} == dict.fromkeys(
        (*DIMENSIONS, "counseling_quality"), 0
    )
    assert (got["judged_rate"], got["answered_rate"]) == (1, 0)


def test_risk_is_asked_for_on_flagged_turns_alone():
    """In the same call; the metric is missing where there is no cue, and 0 for an empty reply where there is one."""
    row = case("a", "x", 2)
    row["turns"][1]["risk_cue"] = True
    plain, flagged = from_rows([row], "open-psyllm")
    assert set(PLAN.fields_of(plain)) == set(DIMENSIONS)
    assert set(PLAN.fields_of(flagged)) == {*DIMENSIONS, "risk_handling"}
    full = dict(DIMENSIONS)
    assert "risk_handling" not in process_results(plain, [stored("judged", [full])])
    got = process_results(flagged, [stored("judged", [full | {"risk_handling": 0.5}])])
    assert got["risk_handling"]["value"] == 0.5
    assert got["counseling_quality"]["value"] == 1  # risk handling stands apart
    assert process_results(flagged, [stored("empty")])["risk_handling"]["value"] == 0
    assert "risk_handling" not in process_results(plain, [stored("empty")])


def test_the_exam_reads_a_missed_cue_off_risk_handling_and_all_else_off_quality():
    """The headline need not fall where a cue is missed; only the measure that says so can show a judge that does not see it."""
    row = {"speech": "I gave the dog away.", "flaw": "missed risk cue"}
    full, none = dict(DIMENSIONS), dict.fromkeys(DIMENSIONS, 0)
    assert "risk_handling" in PLAN.fields_for(EXAM.document(row))
    assert (EXAM.score(full | {"risk_handling": 0}, row), EXAM.score(none | {"risk_handling": 1}, row)) == (0, 1)
    other = row | {"flaw": "invalidation"}
    assert "risk_handling" not in PLAN.fields_for(EXAM.document(other))
    assert (EXAM.score(full, other), EXAM.score(none, other)) == (1, 0)


@pytest.mark.parametrize(
    ("state", "rate"),
    [
        ("unread", "unparsed_rate"),
        ("failed", "failed_rate"),
        ("truncated", "truncated_rate"),
        ("unreached", None),
        ("unjudged", None),
    ],
)
def test_no_verdict_is_no_number(state, rate):
    """Unscored, counted under its own name, never 0."""
    got = process_results(DOC, [stored(state, [None])])
    assert not set(got) & {*DIMENSIONS, "counseling_quality"}
    assert (got["judged_rate"], got["scored_rate"]) == (0, 0)
    for name in ("unparsed_rate", "failed_rate", "truncated_rate"):
        assert got[name] == (name == rate)


def test_judge_sees_history_and_reply_fenced():
    (doc,) = from_rows([case("a", "x", 1)], "open-psyllm")
    from counsel_leaderboard.tasks.common.thinking import clean

    (shown,) = PLAN.questions(doc, clean("I hear >>> you."))
    body = shown.messages[1]["content"]
    assert re.search(r"<<<(\w+)\nClient: a says 0\n\1>>>", body)
    assert f"<<<{shown.ticket}\nI hear \u203a you.\n{shown.ticket}>>>" in body
    assert "given as 0, half or full" in shown.messages[0]["content"].lower()
    assert shown.schema["properties"]["comprehensiveness"]["enum"] == [0, 0.5, 1, 1.5, 2]


def by_hash(shown, rules):
    """A deterministic opinion about every field, from what was shown."""
    digest = hashlib.sha256(shown.encode()).digest()
    return {name: rule["enum"][digest[index] % len(rule["enum"])] for index, (name, rule) in enumerate(rules.items())}


@pytest.mark.slow
def test_filter_and_judging_later_give_the_same(serve, lm_eval, judge_by, rejudge):
    """lm_eval with the judge as a filter, and the same run judged later, each from an empty cache: one result.

    Some requests get a null, some an empty reply, and of some replies the judge's verdict cannot be read.
    """

    def candidate(payload):
        number = int(hashlib.sha256(payload["messages"][-1]["content"].encode()).hexdigest(), 16)
        return {0: None, 1: ""}.get(number % 5, f"I hear you, number {number}.")

    def opinion(shown, rules):
        return {} if hashlib.sha256(shown.encode()).digest()[-1] % 4 == 0 else by_hash(shown, rules)

    standin, judge = serve(candidate), serve(judge_by(opinion))
    options = (",".join(HEADLINES), "--limit", "8")
    settings = {"COUNSEL_JUDGE_URL": judge.base_url, "COUNSEL_JUDGE_MODEL": "scripted"}
    filtered = lm_eval(standin.base_url, *options, **settings, name="filtered")
    later = lm_eval(standin.base_url, *options, COUNSEL_JUDGE="none", name="later")
    unjudged = {task: later.metric(task, "judged_rate") for task in HEADLINES}
    done = rejudge(later.folder, judge.base_url)
    assert done.returncode == 0, done.stderr

    assert later.results["results"] == filtered.results["results"]
    assert later.results["n-samples"] == filtered.results["n-samples"]
    states = set()
    for task, headline in HEADLINES.items():
        samples = later.samples(task)
        assert samples == filtered.samples(task)
        verdicts = [json.loads(sample["filtered_resps"][0]) for sample in samples]
        states |= {verdict["state"] for verdict in verdicts}
        decided = [verdict["state"] in ("judged", "empty") for verdict in verdicts]
        assert [headline in sample["metrics"] for sample in samples] == decided
        assert unjudged[task] == sum(verdict["state"] == "empty" for verdict in verdicts) / 8
        assert later.metric(task, "judged_rate") == sum(decided) / 8
        metadata = later.results["configs"][task]["metadata"]
        assert metadata == filtered.results["configs"][task]["metadata"]
        record = metadata["judge"]
        calls = sum(len(verdict["answers"]) for verdict in verdicts)
        unread = sum(verdict["answers"].count(None) for verdict in verdicts)
        assert (record["model"], record["calls"], record["cached"], record["unread"]) == ("scripted", calls, 0, unread)
        # 7 and 3 tokens a call; what cannot be read is asked for twice.
        assert (record["prompt_tokens"], record["completion_tokens"]) == (7 * (calls + unread), 3 * (calls + unread))
        assert f"judged {calls}/{calls} calls of {task}, {unread} without verdict" in done.stderr
    assert states == {"judged", "empty", "failed", "unread"}

    [results] = later.folder.rglob("results_*.json")
    as_it_was, calls_before = results.read_text(encoding="utf-8"), len(judge.payloads)
    older = json.loads(as_it_was)
    older["configs"]["counsel_response"]["metadata"]["version"] = "0.9"
    results.write_text(json.dumps(older), encoding="utf-8")
    refused = rejudge(later.folder, judge.base_url, "older")
    assert (refused.returncode, len(judge.payloads)) == (1, calls_before), "no verdict is asked for and lost"
    assert "the run was made with version 0.9" in refused.stderr
    results.write_text(as_it_was, encoding="utf-8")

    before = {path: path.read_bytes() for path in later.folder.rglob("*") if path.is_file()}
    refused = rejudge(later.folder, "http://127.0.0.1:9/v1", "third")
    assert refused.returncode == 1
    assert "could not be reached; nothing was changed" in refused.stderr
    assert {path: path.read_bytes() for path in later.folder.rglob("*") if path.is_file()} == before
