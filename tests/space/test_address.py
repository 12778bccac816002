from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counsel_leaderboard.space.address import MAX_LENGTH, TABS, Address, parse

words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)


@given(st.sampled_from(TABS), words, words, st.booleans(), st.integers(1, 1000), st.sampled_from(["auto", "yes", "no"]), words)
def test_a_view_is_restored_from_its_query(
    tab: str, q: str, run: str, worst: bool, page: int, controls: str, item: str
) -> None:
    view = Address(tab=tab, q=q, run=run, worst=worst, page=page, controls=controls, item=item)  # type: ignore[arg-type]
    assert parse(view.query()) == (view, ())


def test_the_start_page_has_an_empty_query() -> None:
    assert Address().query() == "?"
    assert Address(tab="model", run="a b&c").query() == "?tab=model&run=a+b%26c"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?tab=admin", "must be one of"),
        ("?p=0", "number from 1"),
        ("?p=-1", "number from 1"),
        ("?p=1e3", "number from 1"),
        ("?p=²", "number from 1"),
        ("?worst=maybe", "yes or no"),
        ("?low=nan", "finite"),
        ("?high=1e999", "finite"),
        ("?q=a%00b", "control characters"),
        (f"?q={'x' * (MAX_LENGTH + 1)}", "longer"),
    ],
)
def test_a_part_that_cannot_be_used_is_named_and_left_out(query: str, message: str) -> None:
    view, problems = parse(query)
    assert view == Address()
    assert len(problems) == 1
    assert message in problems[0]


def test_what_a_host_adds_to_an_address_is_ignored() -> None:
    assert parse("?__theme=dark&q=elm") == (Address(q="elm"), ())


def test_each_run_is_compared_once() -> None:
    assert Address(runs="a,b,,a").run_ids == ["a", "b"]


def test_an_address_of_very_many_parts_is_shown_without_them() -> None:
    address, problems = parse("?" + "&".join(["tab=queue"] * 101))
    assert address == Address()
    assert problems == ("The address has more than 100 parts: shown without them.",)
    assert parse("?" + "&".join(["tab=queue"] * 100))[0].tab == "queue"
