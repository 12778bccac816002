"""From stored replies to the result: rates, differences from people, examples, the cache; by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.skills import result as results
from counsel_leaderboard.leaderboard.skills.coded_replies import CODED
from counsel_leaderboard.leaderboard.skills.result import FOLDER, SkillResult
from counsel_leaderboard.leaderboard.skills.scoring import score
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.topics.stored_replies import NoRepliesError
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.skills.weights import version
from tests.support.topics import store_talk

ASK, INTRODUCE = "What happened then? ", "Hello, my name is Ann and I am your counselor. "
CASES = [f"case{number}" for number in range(6)]


def scored(home: Path) -> SkillResult:
    with Store.open(home) as store:
        return score(store, progress=lambda _: None)


def test_rates_by_hand(tmp_path: Path) -> None:
    """Case a asks in 2 of 2 sentences, case b in 1 of 2: of four sentences three ask, all openly."""
    store_talk(tmp_path, "org/model", {"a": ASK + ASK, "b": ASK + INTRODUCE})
    result = scored(tmp_path)
    (run,) = result.runs
    assert result.coder == version()
    assert (run.turns, run.sentences, run.cases, run.foreign, run.datasets) == (2, 4, 2, 0, ("open-preference",))
    assert run.rates["per_100_open_question"].value == 75
    assert run.rates["per_100_introduction"].value == 25
    assert run.rates["share_open"].value == 1
    # Ratio 3 / 4; residuals .5 and -.5 over 4, more than sqrt(5 / 8 * 3 / 8 / 8) of 4 single draws; t(1, .975) = 12.706.
    assert run.rates["per_100_open_question"].error == pytest.approx(100 * (2 * (0.25 + 0.25)) ** 0.5 / 4)
    assert (run.rates["per_100_open_question"].low, run.rates["per_100_open_question"].high) == (0, 100)


def test_models_are_compared_with_people_on_common_cases(tmp_path: Path) -> None:
    """The model asks in each of 12 sentences, the people in 6 of 12: 50 more in 100, in each case alike.

    None of the model's lacks it, so its error is that of single draws: share 14 / 16, sqrt(14 / 16 * 2 / 16 / 16) = .0827.
    """
    store_talk(tmp_path, "People", dict.fromkeys([*CASES, "alone"], ASK + INTRODUCE), role="people")
    store_talk(tmp_path, "org/model", dict.fromkeys(CASES, ASK + ASK))
    by_model = {run.model: run for run in scored(tmp_path).runs}
    apart = by_model["org/model"].against_people["People"]["per_100_open_question"]
    assert (apart.value, apart.cases) == (50, 6)
    assert apart.error == pytest.approx(100 * (14 / 16 * 2 / 16 / 16) ** 0.5, abs=1e-5)
    assert by_model["People"].against_people == {}


def test_controls_are_coded_as_well(tmp_path: Path) -> None:
    store_talk(tmp_path, "control/echo", {"a": ASK}, role="control")
    assert [run.role for run in scored(tmp_path).runs] == ["control"]


def test_examples_go_from_the_surest_to_the_least_sure(tmp_path: Path) -> None:
    replies = {
        "a": "What happened then?", "b": "How do you feel about it now?", "c": "What would you like to do?",
        "d": "How did she answer you?", "e": "What else?",
    }  # fmt: skip
    store_talk(tmp_path, "org/model", replies)
    (run,) = scored(tmp_path).runs
    examples = run.examples["open_question"]
    confidence = [example.confidence for example in examples]
    assert len(examples) == 3
    assert confidence == sorted(confidence, reverse=True)
    assert {(example.item, example.text) for example in examples} < {(f"{case}-item", text) for case, text in replies.items()}


def test_replies_are_coded_once(tmp_path: Path) -> None:
    """What the second call reads from the cache is what the first one wrote there, also where somebody changed it."""
    store_talk(tmp_path, "org/model", {"a": ASK, "b": ASK})
    scored(tmp_path)
    (file,) = (tmp_path / FOLDER / CODED).glob("*.json")
    file.write_text(file.read_text("utf-8").replace('"sentences":2', '"sentences":7'), encoding="utf-8")
    assert scored(tmp_path).runs[0].sentences == 7
    file.write_text("[", encoding="utf-8")
    assert scored(tmp_path).runs[0].sentences == 2


def test_codes_of_replies_that_are_gone_are_deleted(tmp_path: Path) -> None:
    store_talk(tmp_path, "org/model", {"a": ASK})
    folder = tmp_path / FOLDER / CODED
    folder.mkdir(parents=True)
    (folder / "0123456789abcdef.json").write_text("{}", encoding="utf-8")
    scored(tmp_path)
    assert "0123456789abcdef.json" not in {file.name for file in folder.iterdir()}


def test_another_language_is_counted_and_has_no_rates(tmp_path: Path) -> None:
    german = "Das ist wirklich schwer für dich, oder? Ich verstehe das gut."
    store_talk(tmp_path, "org/model", {"a": ASK, "b": german})
    (run,) = scored(tmp_path).runs
    assert (run.turns, run.foreign, run.sentences, run.cases) == (2, 1, 1, 1)


@pytest.mark.parametrize("replies", [{}, {"a": ""}, {"a": "Das ist wirklich schwer für dich, oder? Ich verstehe das gut."}])
def test_a_home_without_words_says_what_to_do(tmp_path: Path, replies: dict[str, str]) -> None:
    if replies:
        store_talk(tmp_path, "org/model", replies)
    with pytest.raises(NoRepliesError, match="counsel recorded add"):
        scored(tmp_path)


def test_a_result_comes_back_and_a_broken_one_is_named(tmp_path: Path) -> None:
    assert results.read(tmp_path) is None
    store_talk(tmp_path, "org/model", {"a": ASK})
    result = scored(tmp_path)
    file = results.save(result, tmp_path)
    assert results.read(tmp_path) == result
    file.write_text("[", encoding="utf-8")
    with pytest.raises(DataError, match="counsel skills score"):
        results.read(tmp_path)
