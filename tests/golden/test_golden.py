"""What stored homes show is what the version before the redesign showed of them, but for the declared differences."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

from tests.golden.capture import EXPECTED, HERE, read, shown_by_homes, written
from tests.golden.shown import differences


def test_the_golden_homes_show_what_they_did(tmp_path: Path) -> None:
    """Each difference is declared with its reason, and each declared one is there."""
    declared = {
        where: row["reason"]
        for row in tomllib.loads((HERE / "differences.toml").read_text())["difference"]
        for where in ([f"{row['where']} / {column}" for column in row["columns"]] if "columns" in row else [row["where"]])
    }
    assert all(declared.values())
    current = shown_by_homes(tmp_path)
    expected = read(EXPECTED.read_bytes())
    places = {line: line.split(": ", 1)[0] for line in differences(expected, read(written(current)))}
    undeclared = [line for line, location in places.items() if not any(fnmatchcase(location, where) for where in declared)]
    assert undeclared == []
    assert [where for where in declared if not any(fnmatchcase(location, where) for location in places.values())] == []


def test_the_comparison_sees_each_kind_of_difference() -> None:
    before = {"a": {"r": {"x": 1.0, "y": "one", "z": [1.0, 2.0]}, "gone": {"x": 1}}}
    assert differences(before, {"a": {"r": {"x": 1.0 + 1e-12, "y": "one", "z": [1.0, 2.0]}, "gone": {"x": 1}}}) == []
    assert differences(before, {"a": {"r": {"x": 1.1, "y": "two", "z": [1.0]}, "new": {"x": None}}, "b": {"r": {"x": 0}}}) == [
        "a / gone / x: 1 -> None",
        "a / r / x: 1.0 -> 1.1",
        "a / r / y: 'one' -> 'two'",
        "a / r / z: [1.0, 2.0] -> [1.0]",
        "b / r / x: None -> 0",
    ]
