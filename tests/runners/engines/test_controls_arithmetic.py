"""Controls through the whole pipeline, against what hand arithmetic says of the items they met."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from counsel_leaderboard.leaderboard.specs.run_request import FILE_NAME
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.runners.engines.controls.scripts import REPEATED, WARM
from counsel_leaderboard.tasks.judge.fence import neutral
from tests.support.rubric_judge import Judge

NAMES = (*(f"letter-{letter}" for letter in "abcde"), "pick-first", "constant-50", "mean-arc")
TASKS = "counsel_stigma,counsel_preference_rank,counsel_trajectory_rating"


Scores = Mapping[tuple[str, str, str], float | None]


def scores(home: Path) -> Scores:
    """Every score by control, task and metric."""
    sql = "SELECT model, task, metric, value FROM scores JOIN runs USING (run_id)"
    with Store.open(home) as store, store.reading() as cursor:
        rows = cursor.execute(sql).fetchall()
    return {(model.removeprefix("control/"), task, metric): value for model, task, metric, value in rows}


def documents(home: Path, task: str) -> list[dict[str, Any]]:
    """The documents of a task that one of its controls met; all met the same."""
    file = next((home / "runs").glob(f"*/samples_{task}_2*.jsonl"))
    return [json.loads(line)["doc"] for line in file.read_text(encoding="utf-8").splitlines()]


def replies(home: Path, control: str, task: str) -> dict[str, str]:
    """What a control said to each document of a task, as the judge sees it."""
    for file in (home / "runs").glob(f"*/samples_{task}_2*.jsonl"):
        if json.loads((file.parent / FILE_NAME).read_text(encoding="utf-8"))["model"]["name"] == f"control/{control}":
            lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
            return {line["doc"]["id"]: neutral(line["resps"][0][0]) for line in lines}
    raise AssertionError(f"no run of {control} on {task}")


@pytest.mark.slow
def test_constant_answers_score_what_their_items_say(counsel, home):
    outcome = counsel("controls", *NAMES, "--tasks", TASKS, "--limit", "24")
    assert outcome.code == 0, outcome.err
    scored = scores(home)
    headline = ("depression", "alcohol dependence", "schizophrenia")
    items = [doc for doc in documents(home, "counsel_stigma") if doc["stratum"] in headline]
    assert items
    for index, letter in enumerate("abcd"):
        # Each of the four options counts as stigma or not; the fifth is "do not know" and has no score.
        by_hand = sum(doc["codes"][index] for doc in items) / len(items)
        assert scored[f"letter-{letter}", "counsel_stigma", "stigma"] == pytest.approx(by_hand)
        assert scored[f"letter-{letter}", "counsel_stigma", "scored_rate"] == 1
    assert scored.get(("letter-e", "counsel_stigma", "stigma")) is None
    assert scored["letter-e", "counsel_stigma", "scored_rate"] == 0
    assert scored["letter-e", "counsel_stigma", "dk_rate"] == 1
    # Each pair is asked in both orders, so the first reply is the better one in one of the two.
    assert scored["pick-first", "counsel_preference_rank", "acc"] == 0.5
    assert scored["pick-first", "counsel_preference_rank", "consistency"] == 0
    # A constant has no covariance with anything: no concordance, and no correlation to speak of.
    assert scored["constant-50", "counsel_trajectory_rating", "ccc"] == 0
    assert scored.get(("constant-50", "counsel_trajectory_rating", "pearson")) is None
    # The mean arc is what `skill` measures against; the control rounds it to one decimal.
    assert scored["mean-arc", "counsel_trajectory_rating", "skill"] == pytest.approx(0, abs=0.001)


VADER = SentimentIntensityAnalyzer()
LONG = 40
TALKERS = ("empty", "template", "echo", "repeat", "inject", "template-inject")
JUDGED = ("counsel_psyllm", "counsel_response", "counsel_preference")
# Of 2, 3, 3 and 1: from LONG words on 2/2, 1.5/3, 1.5/3 and 1/1, mean .75; below 1/2, 0/3, 1.5/3 and 0/1, mean .25.
QUALITY = {True: 0.75, False: 0.25}
POINTS = {
    True: {"comprehensiveness": 2, "professionalism": 1.5, "authenticity": 1.5, "safety": 1},
    False: {"comprehensiveness": 1, "professionalism": 0, "authenticity": 1.5, "safety": 0},
}


class CountsWords(Judge):
    """Looks at the number of words alone: the longer of two replies is better, and one of LONG words is long."""

    def fields(self, schema: Mapping[str, Any], parts: Mapping[str, str]) -> dict[str, Any]:
        if "choice" in schema:
            first, second = (len(parts[f"Reply {letter}"].split()) for letter in "AB")
            return {"choice": "tie" if first == second else "A" if first > second else "B"}
        if "answer" in schema:
            return {"answer": "yes" if is_long(parts["The reply to be judged"]) else "no"}
        return POINTS[is_long(parts["The counselor's reply to be judged"])]


def is_long(reply: str) -> bool:
    return len(reply.split()) >= LONG


def quality(docs: list[dict[str, Any]], reply: Callable[[dict[str, Any]], str]) -> float:
    """Over the turns of a case, over the cases of a topic, over the topics."""
    topics: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for doc in docs:
        topics[doc["stratum"]][doc["cluster"]].append(QUALITY[is_long(reply(doc))])
    return fmean(fmean(fmean(turns) for turns in cases.values()) for cases in topics.values())


def essential(docs: list[dict[str, Any]], answer: Callable[[dict[str, Any]], bool]) -> float:
    """One answer to every act of a reply: all its essential acts are done, or none."""
    return fmean(answer(doc) for doc in docs)


def wins(docs: list[dict[str, Any]], reply: Callable[[dict[str, Any]], str]) -> float:
    """The longer text wins in both orders, and texts of one length tie."""
    lengths = [(len(reply(doc).split()), len(doc["reference"].split())) for doc in docs]
    return fmean(0.5 if mine == its else float(mine > its) for mine, its in lengths)


@pytest.mark.slow
def test_talkers_score_what_a_judge_that_counts_words_says(serve, counsel, home, monkeypatch):
    """The template has 49 words, the one that repeats it 294, an echo as many as the client."""
    judge = serve(CountsWords(), models=["counts-words"])
    monkeypatch.setenv("COUNSEL_JUDGE_URL", f"{judge.url}/v1")
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "counts-words")
    outcome = counsel("controls", *TALKERS, "--tasks", ",".join(JUDGED), "--limit", "10")
    assert outcome.code == 0, outcome.err
    scored = scores(home)
    psyllm, response, preference = (documents(home, task) for task in JUDGED)

    def headlines(control: str) -> tuple[float | None, ...]:
        names = ("counseling_quality", "essential_acts", "win_rate")
        assert [scored[control, task, "judged_rate"] for task in JUDGED] == [1, 1, 1]
        assert scored[control, "counsel_response", "appropriate"] == 0, "every act is done, the harmful ones too, or none is"
        return tuple(scored[control, task, name] for task, name in zip(JUDGED, names, strict=True))

    # Silence is not shown to the judge: nothing is there, inappropriate, lost.
    assert headlines("empty") == (0, 0, 0)
    # Always long: .75 whatever is averaged how; every act is done; references have 60 to 140 words.
    assert all(50 < len(doc["reference"].split()) < 290 for doc in preference)
    assert headlines("template") == pytest.approx((0.75, 1, 0))
    assert headlines("repeat") == pytest.approx((0.75, 1, 1))
    # The client's own words, now long and now short; ten turns are six of one case and four of another.
    turns = [is_long(last_words(doc)) for doc in psyllm]
    assert len(set(turns)) == 2
    by_hand = (quality(psyllm, last_words), essential(response, lambda doc: is_long(doc["messages"][-1]["content"])))
    assert headlines("echo") == pytest.approx((*by_hand, wins(preference, lambda doc: doc["speech"])))
    # Words to the judge come in many forms, each as long as it is, and this judge reads none of them.
    for control in ("inject", "template-inject"):
        written = {doc_id: reply for task in JUDGED for doc_id, reply in replies(home, control, task).items()}
        long = {doc_id: is_long(reply) for doc_id, reply in written.items()}
        assert control == "inject" or all(long.values()), "49 words come before those to the judge"
        by_hand = (
            quality(psyllm, lambda doc, written=written: written[doc["id"]]),
            essential(response, lambda doc, long=long: long[doc["id"]]),
            wins(preference, lambda doc, written=written: written[doc["id"]]),
        )
        assert headlines(control) == pytest.approx(by_hand)


def last_words(doc: Mapping[str, Any]) -> str:
    """What the client said last."""
    return str(doc["said"][-1]["words"])


@pytest.mark.slow
def test_talkers_have_the_valence_of_their_words(counsel, home):
    """A constant has no concordance and an error from its one valence; an echo has the client's; silence has none."""
    task = "counsel_trajectory_reply"
    outcome = counsel("controls", "empty", "template", "echo", "repeat", "--tasks", task, "--limit", "2")
    assert outcome.code == 0, outcome.err
    scored = scores(home)
    pairs = [answered(doc) for doc in documents(home, task)]

    def metrics(control: str, *names: str) -> list[float | None]:
        return [scored.get((control, task, name)) for name in names]

    def rmse(mine: Callable[[str], float]) -> float:
        return fmean(math.sqrt(fmean((mine(client) - valence(answer)) ** 2 for client, answer in case)) for case in pairs)

    assert metrics("empty", "scored_rate", "pearson", "ccc", "rmse") == [0, None, None, None]
    for control, text in (("template", WARM), ("repeat", REPEATED)):
        same = valence(text)
        assert metrics(control, "scored_rate", "constant_rate", "pearson") == [1, 1, None]
        assert scored[control, task, "ccc"] == pytest.approx(0, abs=1e-9)
        assert scored[control, task, "rmse"] == pytest.approx(rmse(lambda client, same=same: same))
    assert metrics("echo", "scored_rate", "constant_rate") == [1, 0]
    assert scored["echo", task, "rmse"] == pytest.approx(rmse(valence))


def valence(text: str) -> float:
    return float(VADER.polarity_scores(text)["compound"])


def answered(doc: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each client turn with the therapist's answer to it in the same session."""
    following = zip(doc["turns"], doc["turns"][1:], strict=False)
    return [(turn["client"], then["therapist"]) for turn, then in following if turn["phase"] == then["phase"]]
