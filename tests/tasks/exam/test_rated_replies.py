"""Replies that people rated, put to a scripted judge over HTTP. The set is made up for these tests: nobody rated anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from counsel_leaderboard.leaderboard.judges.human_agreement import people
from counsel_leaderboard.leaderboard.judges.human_ratings import read as read_comparison
from counsel_leaderboard.runners.judging import judge_run
from counsel_leaderboard.tasks.exam.human_ratings import FILE_NAME, judge_rated
from counsel_leaderboard.tasks.exam.rated_replies import RatedError, read
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint, JudgeError
from tests.support.scripted_replies import ticket_of
from tests.support.stand_in_server import StandIn

Serve = Callable[[Callable[[dict[str, Any]], Any]], StandIn]
SECRET = "made-up words"
HEAD = {"set": "a made-up set", "licence": "made up for this test"}
PSYLLM = {
    "id": "p1", "task": "counsel_psyllm", "said": [{"speaker": "client", "words": f"My week was long. {SECRET}"}],
    "reply": f"A long week. What was the longest part? {SECRET}",
    "ratings": [
        {"rater": "Ada", "comprehensiveness": 2, "professionalism": 2.5, "authenticity": 3, "safety": 1},
        {"rater": "Bob", "comprehensiveness": 1, "professionalism": 2.5, "authenticity": None},
    ],
}  # fmt: skip
RESPONSE = {
    "id": "r1", "task": "counsel_response", "messages": [{"role": "user", "content": SECRET}],
    "question": "Does the reply ask about the week?", "reply": SECRET,
    "ratings": [{"rater": "Ada", "answer": "yes"}, {"rater": "Cem", "answer": "no"}],
}  # fmt: skip
PREFERENCE = {
    "id": "c1", "task": "counsel_preference", "cluster": "one talk", "speech": SECRET, "replies": [f"first {SECRET}", "second"],
    "ratings": [{"rater": "Ada", "choice": "A"}, {"rater": "Bob", "choice": "tie"}],
}  # fmt: skip
SWAPPED = PREFERENCE | {"id": "c2", "replies": ["second", f"first {SECRET}"]}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))


def rated(folder: Path, *lines: Any) -> Path:
    file = folder / "set.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def scripted(payload: dict[str, Any]) -> str:
    """Likes the reply that begins with "first", says yes and gives 1 point everywhere; and quotes what it read."""
    schema = payload["response_format"]["json_schema"]["schema"]["properties"]
    shown = payload["messages"][-1]["content"].split("## Reply B")[0]
    choice = "A" if "## Reply A" in shown and "\nfirst" in shown else "B"
    names = [name for name in schema if name not in ("ticket", "reason")]
    values = {name: choice if name == "choice" else "yes" if "yes" in schema[name]["enum"] else 1 for name in names}
    return json.dumps({"ticket": ticket_of(payload), "reason": f"It says {SECRET}.", **values})


def test_the_judge_is_asked_as_in_its_task_and_numbers_alone_are_kept(serve: Serve, tmp_path: Path, capsys) -> None:
    served = serve(scripted)
    file = rated(tmp_path, HEAD, PSYLLM, RESPONSE, PREFERENCE, SWAPPED)
    judge_rated(file, tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge"))
    assert capsys.readouterr().err.startswith("rated set of 6 calls, 0 of them answered before")
    text = (tmp_path / "exam" / FILE_NAME).read_text(encoding="utf-8")
    assert not any(word in text for word in (SECRET, "Ada", "p1", "one talk", "It says"))
    head, *lines = [json.loads(line) for line in text.splitlines()]
    assert (head["set"], head["licence"], head["raters"], head["calls"], head["unread"]) == (*HEAD.values(), 3, 6, 0)
    assert head["sha256"] == read(file).sha256
    assert [(line["line"], line["cluster"]) for line in lines] == [(2, 2), (3, 3), (4, 4), (5, 4)]
    assert lines[0]["ratings"][1] == {"comprehensiveness": 1, "professionalism": 2.5}
    assert lines[0]["verdict"] == dict.fromkeys(("comprehensiveness", "professionalism", "authenticity", "safety"), 1)
    assert lines[1]["ratings"] == [{"answer": 1}, {"answer": 0}]
    assert [line["verdict"] for line in lines[1:]] == [{"answer": 1}, {"choice": 1}, {"choice": 0}]
    assert lines[2]["ratings"] == [{"choice": 1}, {"choice": 0.5}]
    # What was written is what the card reads; a dimension that one person rated alone compares nothing.
    counts = {(row.task, row.dimension): row.n for row in people(*read_comparison(tmp_path / "exam" / FILE_NAME)).agreement}
    assert counts[("counsel_preference", "choice")] == 2
    assert (counts[("counsel_psyllm", "professionalism")], counts[("counsel_psyllm", "safety")]) == (1, 0)
    # Asked again, every verdict is kept from before.
    judge_rated(file, tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge"))
    assert len(served.payloads) == 6


def test_risk_handling_is_rated_where_the_reply_has_to_deal_with_danger(serve: Serve, tmp_path: Path) -> None:
    """The judge is asked for it there alone, and a rating of what it is not asked for is refused."""
    ratings = [{"rater": name, "risk_handling": 0.5, "safety": 1} for name in ("Ada", "Bob")]
    flagged = PSYLLM | {"risk_cue": True, "ratings": ratings}
    judge_rated(
        rated(tmp_path, HEAD, flagged, PSYLLM | {"id": "p2"}), tmp_path, JudgeEndpoint(serve(scripted).base_url, "org/judge")
    )
    lines = [json.loads(line) for line in (tmp_path / FILE_NAME).read_text(encoding="utf-8").splitlines()[1:]]
    assert ["risk_handling" in line["verdict"] for line in lines] == [True, False]
    counts = {row.dimension: row.n for row in people(*read_comparison(tmp_path / FILE_NAME)).agreement}
    assert (counts["risk_handling"], counts["safety"]) == (1, 1)
    with pytest.raises(RatedError, match="ratings: each gives one or more of comprehensiveness"):
        read(rated(tmp_path, HEAD, PSYLLM | {"ratings": ratings}))


def test_orders_that_disagree_are_a_tie_as_in_the_task(serve: Serve, tmp_path: Path) -> None:
    def always_a(payload: dict[str, Any]) -> str:
        ticket = ticket_of(payload)
        return json.dumps({"ticket": ticket, "reason": "The first.", "choice": "A"})

    judge_rated(rated(tmp_path, HEAD, PREFERENCE), tmp_path, JudgeEndpoint(serve(always_a).base_url, "org/judge"))
    assert json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8").splitlines()[1])["verdict"] == {"choice": 0.5}


def test_words_that_are_no_verdict_leave_it_missing(serve: Serve, tmp_path: Path) -> None:
    served = serve(lambda payload: "I would rather not say." if SECRET in str(payload["messages"]) else scripted(payload))
    judge_rated(rated(tmp_path, HEAD, RESPONSE), tmp_path, JudgeEndpoint(served.base_url, "org/judge"))
    compared = people(*read_comparison(tmp_path / FILE_NAME))
    assert compared.rated.unread == 1
    assert [(row.n, row.n_missing, row.judge.value) for row in compared.agreement] == [(0, 1, None)]


def test_a_judge_out_of_reach_leaves_nothing(serve: Serve, tmp_path: Path) -> None:
    served = serve(lambda payload: web.Response(status=400))
    with pytest.raises(JudgeError, match="could not be reached for 1 of 1 calls"):
        judge_rated(rated(tmp_path, HEAD, PSYLLM), tmp_path / "exam", JudgeEndpoint(served.base_url, "org/judge"))
    assert not (tmp_path / "exam").exists()


def ratings(*given: dict[str, Any]) -> dict[str, Any]:
    return PSYLLM | {"ratings": list(given)}


TWO = ({"rater": "a", "safety": 1}, {"rater": "b", "safety": 0})


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "needs a first line that names the set"),
        ([PSYLLM, PSYLLM], 'line 1: must be {"set": its name'),
        ([{"set": "no licence"}, PSYLLM], "line 1: must be .* (licence: Field required)"),
        ([HEAD, PSYLLM, PSYLLM], "line 3: the id 'p1' is already used on line 2"),
        ([HEAD, PSYLLM | {"task": "counsel_stigma"}], "line 2: is not a rated reply"),
        ([HEAD, PSYLLM | {"note": "?"}], "note: Extra inputs are not permitted"),
        ([HEAD, PREFERENCE | {"replies": ["one"]}], "replies: List should have at least 2 items"),
        ([HEAD, PSYLLM | {"reply": "<think> and no end"}], "a thought in it never ends"),
        ([HEAD, PREFERENCE | {"replies": ["a reply", "<think>"]}], "a thought in it never ends"),
        ([HEAD, ratings(TWO[0])], "ratings: List should have at least 2 items"),
        ([HEAD, ratings(TWO[0], TWO[0])], "the same rater occurs twice"),
        ([HEAD, ratings(TWO[0], {"safety": 1})], 'each needs a "rater"'),
        ([HEAD, ratings(TWO[0], {"rater": "b"})], "one or more of comprehensiveness, .*, and no other field"),
        ([HEAD, ratings(TWO[0], {"rater": "b", "warmth": 1})], "one or more of comprehensiveness"),
        ([HEAD, ratings(TWO[0], {"rater": "b", "safety": 0.7})], "safety must be one of 0, 0.5, 1"),
        ([HEAD, ratings(TWO[0], {"rater": "b", "safety": True})], "line 2: is not a rated reply"),
        ([HEAD, RESPONSE | {"ratings": [{"rater": "a", "answer": 1}] * 2}], "answer must be one of yes, no"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_by_line(lines: list[Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(RatedError, match=message.replace("{", r"\{").replace("(", r"\(").replace(")", r"\)")) as refused:
        read(rated(tmp_path, *lines))
    assert str(tmp_path / "set.jsonl") in str(refused.value)
    assert str(refused.value).endswith("nothing of it was used.")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(RatedError, match="cannot be read as UTF-8 text"):
        read(tmp_path / "set.jsonl")


@pytest.mark.slow
def test_the_commands_child_tells_the_cost_and_asks_nothing(serve: Serve, tmp_path: Path) -> None:
    served, warnings = serve(scripted), list[str]()
    address = judge_run.JudgeAddress(served.base_url, "org/judge")
    judge_run.judge_rated(rated(tmp_path, HEAD, PSYLLM), tmp_path / "exam", address, on_cost=warnings.append, cost_only=True)
    assert [line[:22] for line in warnings] == ["rated set of 1 calls, "]
    assert not served.payloads
    with pytest.raises(judge_run.JudgingError, match=r"set\.jsonl, line 2: is not a rated reply"):
        judge_run.judge_rated(rated(tmp_path, HEAD, {}), tmp_path / "exam", address)
