"""The security page: one row for each class of faults, and each promise with tests that exist."""

from __future__ import annotations

import re

from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "host" / "security.md").read_text("utf-8")
CLASSES = [f"A{number}" for number in range(1, 20)]
ROW = re.compile(r"^\| (A\d+) \| (.+?) \| (held|held .+?|held: .+?|in part: .+?|open: .+?) \| (.*?) ?\|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/.]+)`")


def test_every_class_has_a_promise_and_a_state() -> None:
    assert [row[0] for row in ROW.findall(PAGE)] == CLASSES


def test_what_is_held_names_its_tests() -> None:
    for name, _, state, tests in ROW.findall(PAGE):
        assert TEST.findall(tests) or state.startswith("open"), name


def test_every_test_that_is_named_exists() -> None:
    named = TEST.findall(PAGE)
    assert len(named) > len(CLASSES)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_how_to_report_is_there_without_an_address_of_a_person() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    assert "(docs/host/security.md)" in text
    assert "(../../SECURITY.md)" in PAGE
    assert "@" not in text + PAGE
