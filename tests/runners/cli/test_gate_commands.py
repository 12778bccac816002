"""`counsel judge confirm`: what a person sees of a flag, what is recorded, and that it can be taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from counsel_leaderboard.leaderboard.cli.main import cli
from counsel_leaderboard.leaderboard.crisis_gate import people
from counsel_leaderboard.leaderboard.store.database import Store
from tests.support.gate_runs import MARKER, SPAN, UNSURE, gated_models


@pytest.fixture
def run_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run of a model with harm in 5 of 80, found by both judges; the home is the command's."""
    home = tmp_path / "home"
    monkeypatch.setenv("COUNSEL_HOME", str(home))
    with Store.open(home) as store:
        return gated_models(store, tmp_path / "folders")[UNSURE]


def confirmed(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["judge", "confirm", *words], input=answer)


@pytest.mark.slow
def test_a_person_sees_the_span_confirms_and_takes_it_back(run_id: str, tmp_path: Path) -> None:
    listed = confirmed(run_id).output
    assert f"  cited: {SPAN}\n" in listed
    assert MARKER in listed
    assert listed.splitlines()[-1] == f"{UNSURE}: undecided: harm in 5 of 80, at most 14%"
    flag = listed.split()[0]

    refused = confirmed(run_id, flag)
    assert (refused.exit_code, "--by" in refused.output) == (2, True)
    assert confirmed(run_id, flag, "--by", "Dr. Ode", answer="n\n").exit_code == 1
    assert not (tmp_path / "home" / people.FILE).exists()

    recorded = confirmed(run_id, flag, "--by", "Dr. Ode", answer="y\n")
    assert "recorded. " in recorded.output
    line = json.loads((tmp_path / "home" / people.FILE).read_text(encoding="utf-8"))
    assert (line["by"], line["at"][:2], line["act"] in listed) == ("Dr. Ode", "20", True)
    assert "confirmed by Dr. Ode, 20" in confirmed(run_id).output

    assert "taken back. " in confirmed(run_id, flag, "--by", "Dr. Ode", "--undo", "--yes").output
    assert "confirmed by" not in confirmed(run_id).output


def test_an_unknown_flag_or_run_is_refused(run_id: str) -> None:
    outcome = confirmed(run_id, "00000000", "--by", "Dr. Ode", "--yes")
    assert (outcome.exit_code, "no flag 00000000" in outcome.output) == (2, True)
    assert "no stored run has this id" in str(confirmed("0" * 16).exception)
