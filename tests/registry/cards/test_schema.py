"""What a card may say: unknown keys, words and paths are refused."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from counsel_leaderboard.registry.cards.card_format import render
from counsel_leaderboard.registry.cards.catalog import card, cards
from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard
from counsel_leaderboard.registry.cards.vocabulary import MEANING, meanings
from counsel_leaderboard.registry.common.errors import CardError


def test_every_card_of_the_project_is_valid_and_in_its_one_form():
    all_cards = cards()
    assert len(all_cards) == 40  # 22 datasets of the field, 5 sources of recorded runs and 13 open banks
    for name, each in all_cards.items():
        assert each.name == name
        assert DatasetCard.model_validate(each.model_dump()) == each


@pytest.mark.parametrize("vocabulary", MEANING)
def test_every_word_has_a_meaning_and_no_other(vocabulary):
    literal, meaning = MEANING[vocabulary]
    assert set(meanings(vocabulary)) == set(get_args(literal)) == set(meaning)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"licences": {}}, "licences: Extra inputs are not permitted"),
        ({"title": None}, "title: Field required"),
        ({"title": 7}, "title: Input should be a valid string"),
        ({"access": "free"}, "access: Input should be"),
        ({"redistribute": "maybe"}, "redistribute: Input should be"),
        ({"redistribute": True}, "redistribute: Input should be"),
        ({"checked": "yesterday"}, "checked: "),
        ({"languages": []}, "languages: "),
        ({"languages": ["English"]}, "languages.0: "),
        ({"tasks": ["stigma"]}, "tasks.0: "),
        ({"mirror": "../elsewhere"}, "without '..'"),
        ({"mirror": "/etc"}, "plain relative path"),
        ({"splits": [{"name": "test", "files": [{"path": "a/../../b.jsonl"}]}]}, "without '..'"),
        ({"splits": [{"name": "test", "files": [{"path": "a\\b.jsonl"}]}]}, "forward slashes"),
        ({"splits": [{"name": "test", "files": [{"path": "a.jsonl", "sha256": "12"}]}]}, "splits.0.files.0.sha256"),
        ({"splits": [{"name": "test"}]}, "needs either files or a pattern"),
        ({"splits": [{"name": "test", "pattern": "*"}, {"name": "test", "pattern": "*"}]}, "same name"),
        ({"permitted_uses": ["unknown", "research"]}, "either ['unknown'] or a list"),
        ({"source": {"kind": "repository", "id": "a/b"}}, "needs its url"),
        ({"source": {"kind": "repository", "id": "a/b", "url": "http://example.org/a/b"}}, "source.url"),
        ({"source": {"kind": "hub", "id": "a/b", "revision": "main"}}, "source.revision"),
        ({"source": {"kind": "web", "id": "a page"}}, "no splits that this program could load"),
        ({"licence": {"text": {"name": "none", "evidence": "file"}, "code": {"name": "MIT", "evidence": "file"}}}, "goes with"),
    ],
)
def test_a_wrong_card_is_refused_and_the_field_named(world, changes, named):
    path = world.card("toy", **changes)
    with pytest.raises(CardError) as error:
        card("toy", world.cards)
    assert named in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "name: [",
        "name: !!python/object/apply:os.getcwd []",
        "\xff\xfe\x00",
        "a: 1\n\tb: 2",
        "- a\n- b",
        "",
        "checked: 2026-13-45",
        "[" * 9999,
    ],
)
def test_text_that_is_no_card_is_refused_with_its_path(world, text):
    path = world.cards / "toy.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(CardError) as error:
        card("toy", world.cards)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["nothing", "../toy", "a/b", ""])
def test_an_unknown_name_is_answered_with_the_known_ones(world, name):
    world.card("toy")
    with pytest.raises(CardError, match="Known: toy"):
        card(name, world.cards)


def test_a_card_read_again_after_a_change_is_the_new_one(world):
    path = world.card("toy", title="Before")
    assert card("toy", world.cards).title == "Before"
    path.write_text(path.read_text("utf-8").replace("Before", "Afterwards"), "utf-8")
    assert card("toy", world.cards).title == "Afterwards"


def test_rendering_comes_back_as_the_same_card_and_stays_the_same(world):
    citation = "@misc{a,\n  title = {Ein Titel, ganz: ausführlich #1},\n  year = {2024}\n}"
    world.card("toy", citation=citation, known_problems=["yes", "1", "null", "a: b", "# not a comment", "中文"])
    toy = card("toy", world.cards)
    text = render(toy)
    (world.cards / "toy.yaml").write_text(text, "utf-8")
    assert card("toy", world.cards) == toy
    assert "ausführlich" in text
    assert "中文" in text


def test_a_card_is_never_changed_in_place(world):
    world.card("toy")
    with pytest.raises(ValidationError, match="frozen"):
        card("toy", world.cards).title = "Other"


def test_file_name_and_name_must_be_the_same(world):
    world.card("toy").rename(world.cards / "other.yaml")
    with pytest.raises(CardError, match="has the name 'toy'"):
        card("other", world.cards)


@given(st.text(st.sampled_from("ab./\\: ~\0"), max_size=12))
def test_a_path_that_a_card_accepts_stays_below_its_folder(path):
    try:
        accepted = DataFile(path=path).path
    except ValidationError:
        return
    assert (Path("/root") / accepted).resolve().is_relative_to("/root")
    assert (Path("/root") / accepted).resolve() != Path("/root")
