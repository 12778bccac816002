"""registry/README.md says what the code says."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.cards import readme
from counsel_leaderboard.registry.cli.data_commands import data


def test_the_generated_parts_are_up_to_date():
    text = readme.README.read_text("utf-8")
    assert readme.generated(text) == text, "run `counsel data tidy`"


def test_every_verb_is_documented():
    text = readme.README.read_text("utf-8")
    assert [name for name in data.commands if f"counsel data {name}" not in text] == []


def test_a_readme_without_its_markers_is_refused():
    with pytest.raises(ValueError, match="vocabulary"):
        readme.generated("# The dataset registry\n")
