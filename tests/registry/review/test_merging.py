"""Verdicts that somebody filled in: what is stored, what is counted, and that nothing is stored of a file with a fault."""

from __future__ import annotations

import json

import pytest

from counsel_leaderboard.registry.cards.catalog import cards_from
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.review.bank_items import REVIEWS, bank_items
from counsel_leaderboard.registry.review.reviews import add_reviews, review_count, reviews_of_tasks
from counsel_leaderboard.registry.review.verdict_file import empty_file, read_verdicts

HEADS = {"role": "psychologist", "date": "2026-11-20", "name": ""}


@pytest.fixture
def fill(bank, tmp_path):
    """Writes the file of verdicts as somebody filled it in, and gives its path."""

    def write(verdicts: dict[str, tuple[str, str]], delimiter: str = ",", **heads: str):
        lines = []
        for line in empty_file(bank_items(bank)).splitlines():
            first, second, *_ = line.split(",")
            if first in HEADS:
                lines.append(delimiter.join((first, (HEADS | heads)[first])))
            else:
                lines.append(delimiter.join((first, second, *verdicts.get(first, ("", "")))) if first != "item" else line)
        path = tmp_path / "verdicts.csv"
        path.write_text("\n".join(line.replace(",", delimiter) for line in lines) + "\n", encoding="utf-8-sig")
        return path

    return write


@pytest.fixture
def merge(bank):
    def store(path) -> int:
        items = bank_items(bank)
        return add_reviews(bank, items, read_verdicts(path, items))

    return store


def stored(bank) -> list[dict[str, str]]:
    return [json.loads(line) for line in (bank / REVIEWS).read_text().splitlines()]


def test_what_is_filled_in_is_stored_with_role_day_and_version(bank, fill, merge):
    assert merge(fill({"toy-2": ("change", "The reply lectures."), "toy-1": ("sound", "")}, name="A. B.")) == 2
    first, second = stored(bank)
    assert (first["item"], first["verdict"], first["role"], first["date"]) == ("toy-1", "sound", "psychologist", "2026-11-20")
    assert (second["comment"], second["name"], second["version"]) == ("The reply lectures.", "A. B.", "1.0")


def test_merging_twice_changes_nothing(bank, fill, merge):
    path = fill({"toy-1": ("sound", "")})
    merge(path)
    before = (bank / REVIEWS).read_bytes()
    assert merge(path) == 0
    assert (bank / REVIEWS).read_bytes() == before


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_what_spreadsheets_make_of_the_file_is_read(bank, fill, merge, delimiter):
    assert merge(fill({"toy-1": ("Sound ", "")}, delimiter, role="Social worker")) == 1
    assert stored(bank)[0]["role"] == "social worker"


@pytest.mark.parametrize(
    ("verdicts", "heads", "says"),
    [
        ({"toy-1": ("good", "")}, {}, "toy-1 has the verdict 'good': write one of sound, change, remove"),
        ({"toy-1": ("", "hm")}, {}, "toy-1 has a comment and no verdict"),
        ({"toy-1": ("remove", "")}, {}, "without a comment"),
        ({"toy-1": ("sound", "")}, {"role": ""}, "the role is missing"),
        ({"toy-1": ("sound", "")}, {"role": "language model"}, "the role is 'language model'"),
        ({"toy-1": ("sound", "")}, {"date": ""}, "the date is missing"),
        ({"toy-1": ("sound", "")}, {"date": "20.11.2026"}, "the date is '20.11.2026'"),
        ({"toy-1": ("sound", "")}, {"date": "2999-01-01"}, "not a day until today"),
        ({"toy-1": ("sound", "")}, {"name": "x" * 121}, "name: String should have at most 120"),
        ({}, {}, "no verdict is filled in"),
    ],
)
def test_a_fault_is_named_and_nothing_is_stored(bank, fill, merge, verdicts, heads, says):
    path = fill({"toy-3": ("sound", ""), **verdicts} if verdicts else {}, **heads)
    with pytest.raises(DataError) as caught:
        merge(path)
    assert says in str(caught.value)
    assert not (bank / REVIEWS).exists()


def test_all_faults_are_named_with_their_lines(fill, merge):
    with pytest.raises(DataError) as caught:
        merge(fill({"toy-1": ("good", ""), "toy-3": ("bad", "")}, date=""))
    assert all(part in str(caught.value) for part in ("the date is missing", "line 5: toy-1", "line 7: toy-3"))


def test_an_unknown_item_is_named(bank, fill, merge):
    path = fill({"toy-1": ("sound", "")})
    path.write_text(path.read_text("utf-8").replace("toy-1", "toy-9"), "utf-8")
    with pytest.raises(DataError, match="no item of this bank is called 'toy-9'"):
        merge(path)


def test_a_verdict_on_an_older_text_is_named(bank, fill, merge, rewrite):
    path = fill({"toy-1": ("sound", ""), "toy-2": ("sound", "")})
    rewrite(2, theme="home")
    with pytest.raises(DataError, match="toy-2 was read in an older version"):
        merge(path)
    assert not (bank / REVIEWS).exists()


def test_another_verdict_of_the_same_reviewer_and_day_is_refused(bank, fill, merge):
    merge(fill({"toy-1": ("sound", "")}))
    before = (bank / REVIEWS).read_bytes()
    with pytest.raises(DataError, match=r"toy-1 \('sound' is stored, 'remove' is new\)"):
        merge(fill({"toy-1": ("remove", "It harms."), "toy-2": ("sound", "")}))
    assert (bank / REVIEWS).read_bytes() == before


@pytest.mark.parametrize(
    "text", ["", "role,x\n", "a,b\n" * 9, "role,x\ndate,y\nname,z\nitem,verdict\n", 'role,"\n' + "x" * 200_000]
)
def test_another_file_is_no_file_of_verdicts(tmp_path, merge, bank, text):
    path = tmp_path / "other.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=r"other\.csv"):
        merge(path)


def test_bytes_that_are_no_text_are_refused(tmp_path, merge, bank):
    path = tmp_path / "other.csv"
    path.write_bytes(b"role,\xff\xfe\n")
    with pytest.raises(DataError, match="not UTF-8"):
        merge(path)


def test_the_count_follows_reviewers_and_texts(bank, fill, merge, rewrite):
    assert review_count(bank).text == "0 of 3 items reviewed by a clinician"
    merge(fill({"toy-1": ("sound", ""), "toy-2": ("change", "One fault.")}))
    merge(fill({"toy-1": ("sound", ""), "toy-3": ("sound", "")}, role="researcher"))
    assert review_count(bank).text == "2 of 3 items reviewed by a clinician, 1 by others alone; 1 to be changed or removed"
    rewrite(2, theme="home")
    assert review_count(bank).text == "1 of 3 items reviewed by a clinician, 1 by others alone"
    rewrite(2, theme="home", version="1.1", reviewer_notes="Changed after a review.")
    assert review_count(bank).by_clinicians == 1


def test_a_line_that_is_no_review_is_named(bank):
    (bank / REVIEWS).write_text('{"item": "toy-1"}\n')
    with pytest.raises(DataError, match=r"reviews\.jsonl, line 1"):
        review_count(bank)


def test_the_count_of_a_task_is_that_of_its_banks(bank, fill, merge, world):
    with cards_from(world.cards):
        merge(fill({"toy-1": ("sound", "")}))
        assert reviews_of_tasks("counsel_stigma").text == "1 of 3 items reviewed by a clinician"
        assert reviews_of_tasks().items == 3
        assert reviews_of_tasks("counsel_response").items == 0
