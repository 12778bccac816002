"""The Skills tab and a model's techniques: what is stored, or a sentence on why nothing is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.skills import result as results
from counsel_leaderboard.leaderboard.skills.scoring import score
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.retractions import retract
from counsel_leaderboard.registry.skills.card import card, shown_codes
from counsel_leaderboard.registry.skills.codes import CODES
from counsel_leaderboard.registry.skills.references import PeopleAgreement, people_references
from counsel_leaderboard.registry.skills.weights import version
from counsel_leaderboard.space.views.skill_rows import TOO_WEAK, techniques
from tests.space.page_text import pages_of, text
from tests.support.topics import store_talk

CASES = [f"case{number}" for number in range(6)]
ASK, INTRODUCE = "What happened then? ", "Hello, my name is Ann and I am your counselor. "


def fill(home: Path) -> dict[str, str]:
    """A model that asks, people who ask half as often on the same cases, and a control."""
    ids = {
        "model": store_talk(home, "org/asks", dict.fromkeys(CASES, ASK + ASK)),
        "people": store_talk(home, "Some people", dict.fromkeys(CASES, ASK + INTRODUCE), role="people"),
        "control": store_talk(home, "control/echo", dict.fromkeys(CASES, INTRODUCE), role="control"),
    }
    with Store.open(home) as store:
        results.save(score(store, progress=lambda _: None), home)
    return ids


def shown(home: Path, query: str = "?tab=skills") -> str:
    with Store.open(home) as store:
        return text(pages_of(store), query)


def test_the_table_has_models_people_and_controls(tmp_path: Path, ids: dict[str, str]) -> None:
    page = shown(tmp_path)
    row = page.partition('<th scope="row" class="pinned">open question')[2].partition("</tr>")[0]
    high = people_references().groups[0].rates["per_100_open_question"].value
    assert [cell.partition("</b>")[0] for cell in row.split("<b>")[1:4]] == ["100.0", "50.0", "0.0"]
    assert f"<b>{high:.1f}</b>" in row
    assert "AnnoMI, low quality" in page
    assert "scripted control, 6 sentences" in page
    assert page.count("<figure>") == 5 + len([each for each in techniques() if each.is_shown])


def test_a_code_below_the_bar_is_words_and_no_number(tmp_path: Path, ids: dict[str, str]) -> None:
    weak = [code for code in CODES if code not in shown_codes()]
    for page in (shown(tmp_path), shown(tmp_path, f"?tab=model&run={ids['model']}")):
        assert page.count(f'<span class="missing">{TOO_WEAK}</span>') == len(weak)
    assert all(card()[code]["f1"] < 0.5 for code in weak)


def test_the_sign_table_says_who_differs_from_people(tmp_path: Path, ids: dict[str, str]) -> None:
    signs = shown(tmp_path).partition('id="signs"')[2]
    row = signs.partition(">open question")[2].partition("</tr>")[0]
    assert "more: 1, less: 0, no clear difference: 0" in row
    assert "org/asks (+50.0 against Some people, same cases)" in row
    assert "<td>no difference</td><td>unclear (more symptoms)</td><td>unclear (more symptoms)</td>" in row
    assert "F1 0.9" in row


def test_the_model_page_has_differences_and_sentences(tmp_path: Path, ids: dict[str, str]) -> None:
    page = shown(tmp_path, f"?tab=model&run={ids['model']}")
    row = page.partition('id="skills"')[2].partition(">open question")[2].partition("</tr>")[0]
    assert "<b>+50.0</b><small>28.7 to 71.3</small><small>more than Some people, same cases</small>" in row
    assert ">What happened then?</a> <small>confidence " in row


def test_a_sentence_is_shown_only_while_its_reply_is(tmp_path: Path, ids: dict[str, str]) -> None:
    """A result that quotes what no shown reply says: as after a card or a verdict withdrew the reply."""
    file = tmp_path / results.FOLDER / results.RESULT
    file.write_text(file.read_text("utf-8").replace("What happened then?", "What is your secret?"), encoding="utf-8")
    assert "What is your secret?" not in shown(tmp_path, f"?tab=model&run={ids['model']}").partition('id="skills"')[2]


def test_without_a_result_the_command_is_named_and_the_model_page_says_nothing(tmp_path: Path) -> None:
    run = store_talk(tmp_path, "org/asks", {"a": ASK})
    assert "The host runs counsel skills score" in shown(tmp_path)
    assert 'id="skills"' not in shown(tmp_path, f"?tab=model&run={run}")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [(version(), "0123456789ab", "coded with other weights"), ("{", "[", "is no result of this version")],
)
def test_a_result_that_may_not_be_shown_is_a_sentence(
    tmp_path: Path, old: str, new: str, sentence: str, ids: dict[str, str]
) -> None:
    file = tmp_path / results.FOLDER / results.RESULT
    file.write_text(file.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    page = shown(tmp_path)
    assert sentence in page
    assert "<figure>" not in page


def test_a_retracted_run_is_not_shown(tmp_path: Path, ids: dict[str, str]) -> None:
    with Store.open(tmp_path) as store:
        retract(store, ids["model"], "a mistake")
        page = text(pages_of(store), "?tab=skills")
    assert "org/asks" not in page.partition("skills-page")[2]


@pytest.mark.parametrize(
    ("kappa", "f1", "shown_at_all", "advice"), [(0.6, 0.45, True, True), (0.6, 0.39, True, False), (0.49, 0.5, False, False)]
)
def test_what_the_exam_on_peoples_codes_allows(*, kappa: float, f1: float, shown_at_all: bool, advice: bool) -> None:
    agreement = PeopleAgreement(kappa=kappa, f1={"reflection": 0.6, "question": 0.8, "input": f1, "other": 0.8})
    assert agreement.is_good_enough == shown_at_all
    assert agreement.may_show("reflection") == shown_at_all
    assert agreement.may_show("input") == advice
