"""`counsel topics`: what it prints, and one line where something is missing."""

from __future__ import annotations

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from counsel_leaderboard.leaderboard.cli.topics_commands import topics
from tests.support.topics import store_fit


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path))
    return tmp_path


def counsel(*arguments: str) -> Result:
    return CliRunner().invoke(topics, arguments)


def test_a_missing_extra_is_one_line_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "bertopic" else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    error = str(counsel("fit", "banks").exception)
    assert error == ("fitting topics needs bertopic, which is not installed. Run: pip install 'counsel-leaderboard[topics]'")


def test_an_unknown_corpus_is_refused() -> None:
    result = counsel("fit", "novels")
    assert result.exit_code == 2
    assert "'novels' is not one of 'banks', 'annomi', 'board'" in result.output


@pytest.mark.parametrize("verb", ["show", "assign"])
def test_without_a_fit_the_next_step_is_named(verb: str) -> None:
    assert "Run: counsel topics fit banks" in str(counsel(verb).exception)


def test_show_prints_parameters_checks_and_topics(home: Path) -> None:
    store_fit(home)
    output = counsel("show").output
    assert "embedding words" in output
    assert "seed 0, n_neighbors 15, n_components 5" in output
    assert "macro-F1 0.70, kappa 0.65 (lower limit 0.60)" in output
    assert "the instrument is good enough" in output
    assert "     9  work           topic of exam: exam" in output
    assert f"BERTopic's map: {home / 'topics' / 'map.html'}" in output


def test_show_says_why_an_instrument_fails(home: Path) -> None:
    store_fit(home, macro_f1=0.5)
    assert "NOT good enough: the macro-F1 of its groups 0.50 is below 0.60" in counsel("show").output
