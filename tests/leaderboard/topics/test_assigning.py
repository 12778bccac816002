"""From stored replies to the result: shares, comparisons, examples, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.topics import result as results
from counsel_leaderboard.leaderboard.topics.assigning import FEWEST_REMARKS, assign
from counsel_leaderboard.leaderboard.topics.result import TopicResult
from counsel_leaderboard.leaderboard.topics.stored_replies import NoRepliesError
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn
from tests.support.topics import WordEmbedding, small_fit, store_talk

CASES = [f"case{number}" for number in range(8)]
SLEEP, EXAM, SAD, NONE = "Then sleep comes late. ", "Then the exam comes. ", "You are sad today. ", "That is a lot. "


def assigned(home: Path, *names: str) -> TopicResult:
    with Store.open(home) as store:
        return assign(store, small_fit(), WordEmbedding(), names, progress=lambda _: None)


def test_shares_by_hand(tmp_path: Path) -> None:
    """Case a: health, work; case b: health, health, other. Of five remarks three, one and one."""
    store_talk(tmp_path, "org/model", {"a": SLEEP + EXAM, "b": SLEEP + SLEEP + NONE})
    (run,) = assigned(tmp_path).runs
    values = {name: share.value for name, share in run.shares.items() if share.value}
    assert values == {"health": 0.6, "work": 0.2, "other": 0.2}
    assert (run.remarks, run.cases, run.by_third, run.against_others) == (5, 2, (), None)
    assert run.examples["health"] == ("b-item", "a-item")
    assert run.examples["past"] == ()


def test_models_on_the_same_cases_are_compared(tmp_path: Path) -> None:
    """The first speaks of sleep in 8 of 10 remarks, the second in 2 of 10: differences of .6 and -.6, alike in every case."""
    first = store_talk(tmp_path, "org/first", dict.fromkeys(CASES, SLEEP * 8 + EXAM * 2))
    second = store_talk(tmp_path, "org/second", dict.fromkeys(CASES, SLEEP * 2 + EXAM * 8))
    result = assigned(tmp_path)
    by_run = {run.run_id: run for run in result.runs}
    more, less = by_run[first].against_others, by_run[second].against_others
    assert more is not None
    assert less is not None
    assert (more["health"].value, less["health"].value, more["past"].value) == pytest.approx((0.6, -0.6, 0.0))
    assert more["health"].low == pytest.approx(0.6)
    (comparison,) = result.comparisons
    assert set(comparison.runs) == {first, second}
    assert (comparison.cases, comparison.n) == (8, 40)
    # Both halves have the same profile, so the lines are 0; the models' profiles are (.8, .2) and (.2, .8).
    assert comparison.same == pytest.approx((0.0, 0.0))
    assert comparison.between[0][1] == pytest.approx(0.438, abs=0.002)


def test_controls_small_runs_and_other_cases_are_not_compared(tmp_path: Path) -> None:
    store_talk(tmp_path, "org/first", dict.fromkeys(CASES, SLEEP * 10))
    control = store_talk(tmp_path, "control/echo", dict.fromkeys(CASES, EXAM * 10), role="control")
    store_talk(tmp_path, "org/small", dict.fromkeys(CASES, EXAM * (FEWEST_REMARKS // 8)))
    store_talk(tmp_path, "org/elsewhere", {f"other{number}": EXAM * 10 for number in range(8)})
    with Store.open(tmp_path) as store:
        everything = [row for (row,) in store_ids(store)]
    result = assigned(tmp_path, *everything)
    assert control in {run.run_id for run in result.runs}
    assert result.comparisons == ()
    assert all(run.against_others is None for run in result.runs)


def store_ids(store: Store) -> list[tuple[str]]:
    with store.reading() as cursor:
        return cursor.execute("SELECT run_id FROM runs").fetchall()


def test_following_the_client(tmp_path: Path) -> None:
    """One model answers each client's own word, the other always the same; an echo would reach 1."""
    prompts = {case: SLEEP if number % 2 else EXAM for number, case in enumerate(CASES)}
    follows = store_talk(tmp_path, "org/follows", dict(prompts), prompts=prompts)
    fixed = store_talk(tmp_path, "org/fixed", dict.fromkeys(CASES, SLEEP), prompts=prompts)
    by_run = {run.run_id: run.following for run in assigned(tmp_path).runs}
    own, same = by_run[follows], by_run[fixed]
    assert own is not None
    assert same is not None
    # Of seven other clients three or four have the same word: chance 3/7 for each.
    assert own.value == pytest.approx(4 / 7)
    assert own.ceiling == pytest.approx(4 / 7)
    # The fixed reply overlaps with half of the clients: 1/2 - mean of 3/7 and 4/7.
    assert same.value == pytest.approx(0.0)
    assert (own.replies, own.cases) == (8, 8)


def test_clients_without_a_topic_give_nothing_to_follow(tmp_path: Path) -> None:
    store_talk(tmp_path, "org/model", {"a": SLEEP, "b": EXAM}, prompts={"a": NONE, "b": NONE})
    assert assigned(tmp_path).runs[0].following is None


def test_thirds_of_a_session(tmp_path: Path) -> None:
    lines = [SLEEP, SLEEP, EXAM, EXAM, SAD, NONE]
    turns = tuple(SessionTurn(speaker="counselor", text=text, author="script") for text in lines)
    session = SessionTranscript(session="s", client="recorded", counselor="m", turns=turns, ended_by="unknown")
    store_talk(tmp_path, "org/model", {"a": session.model_dump_json()})
    first, second, third = assigned(tmp_path).runs[0].by_third
    assert (first["health"], second["work"], third["emotions"], third["other"]) == (1.0, 1.0, 0.5, 0.5)


def test_a_home_without_replies(tmp_path: Path) -> None:
    store_talk(tmp_path, "org/model", {"a": "", "b": "😀"})
    with pytest.raises(NoRepliesError, match="nothing to assign"):
        assigned(tmp_path)


def test_the_result_is_stored_without_texts_and_read_again(tmp_path: Path) -> None:
    store_talk(tmp_path, "org/model", {"a": "Then sleep comes late and quietly."})
    result = assigned(tmp_path)
    file = results.save(result, tmp_path)
    assert results.read(tmp_path) == result
    assert "quietly" not in file.read_text("utf-8")
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="no result of this version"):
        results.read(tmp_path)
    assert results.read(tmp_path / "elsewhere") is None
