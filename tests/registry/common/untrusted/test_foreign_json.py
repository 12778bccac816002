"""Foreign JSON is read once and whole, or refused with the reason."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.common.untrusted.foreign_json import ForeignJsonError, parsed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"id": 1, "id": 2}', "'id' stands twice"),
        ('[{"a": {"b": 1, "c": 2, "b": 1}}]', "'b' stands twice"),
        ('{"x": 1e999}', "too large for a float"),
        ('{"x": [-1e400]}', "too large for a float"),
        ('{"x": NaN}', "NaN is no JSON number"),
    ],
)
def test_what_two_readers_would_read_differently_is_refused(text: str, why: str) -> None:
    with pytest.raises(ForeignJsonError, match=why):
        parsed(text)


def test_numbers_that_python_writes_are_read_where_that_is_asked_for() -> None:
    assert parsed('{"x": Infinity, "y": 1e999}', non_finite=True) == {"x": float("inf"), "y": float("inf")}
