from __future__ import annotations

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from counsel_leaderboard.space.html import number, percent, render, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("a\r\nb", "a\nb"),
        ("\x1b[31mred\x07", "[U+001B][31mred[U+0007]"),
        ("abc\u202egnp.exe", "abc[U+202E]gnp.exe"),
        ("zero\u200bwidth", "zero[U+200B]width"),
        ("\ud800", "[U+D800]"),
        ("naïve 心 🙂", "naïve 心 🙂"),
    ],
)
def test_characters_that_cannot_be_seen_are_written_out(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_a_value_is_text_in_a_template() -> None:
    page = render(
        "suite.html",
        source="open",
        title="Counsel",
        languages="English",
        judges=(),
        judge=None,
        note='<b onclick="x">&\x1b</b>',
    )
    assert "&lt;b onclick=&#34;x&#34;&gt;&amp;[U+001B]&lt;/b&gt;" in page
    assert "<b onclick" not in page


def test_a_missing_value_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(UndefinedError):
        render("suite.html", source="open", title="Counsel", languages="English", judges=(), judge=None)


def test_numbers_that_are_not_there_are_a_dash() -> None:
    assert (number(None), percent(None), number(0.12345), percent(0.955)) == ("–", "–", "0.123", "96%")


def test_markup_of_our_own_stays() -> None:
    assert "<i>x</i>" in render(
        "suite.html", source="open", title="Counsel", languages="English", judges=(), judge=None, note=Markup("<i>x</i>")
    )
