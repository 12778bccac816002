"""`counsel judge clinicians` with a scripted judge, on the published sessions; skipped where the mirror is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from counsel_leaderboard.leaderboard.cli.main import cli
from counsel_leaderboard.leaderboard.judges.clinician_agreement import cards
from tests.support.acts_judge import judged_acts
from tests.support.paths import MIRROR
from tests.support.scripted_replies import scripted_judge
from tests.support.stand_in_server import standing_in

pytestmark = pytest.mark.slow
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


def by_rules(shown, _rules):
    """The acts of a session by the scripted judge's rules."""
    _, *parts = HEADING.split(shown)
    return judged_acts(dict(zip(parts[::2], parts[1::2], strict=True)))


def test_a_scripted_judge_beside_the_clinicians(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (MIRROR / "vera-mh").is_dir():
        pytest.skip(f"the published files are not here ({MIRROR})")
    for name, value in (("MIRROR", MIRROR), ("HOME", tmp_path / "home"), ("CACHE", tmp_path / "cache")):
        monkeypatch.setenv(f"COUNSEL_{name}", str(value))
    with standing_in() as serve:
        server = serve(scripted_judge(by_rules), models=["org/rule-judge"])
        monkeypatch.setenv("COUNSEL_JUDGE_URL", f"{server.url}/v1")
        monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "org/rule-judge")
        shown = CliRunner().invoke(cli, ["judge", "clinicians"], catch_exceptions=False)
    assert shown.exit_code == 0, shown.output
    (card,) = cards(tmp_path / "home")
    assert [row.dimension for row in card.dimensions] == ["detects", "confirms", "guides", "supportive", "boundaries"]
    # One session has a clinician who found no dimension relevant.
    assert {row.agreement.sessions + row.unread for row in card.dimensions} == {79}
    by_name = {row.dimension: row for row in card.dimensions}
    assert by_name["confirms"].agreement.kappa == pytest.approx(0.45, abs=0.005)
    # Rules that were written for other clients are no judge: every column is hidden, and said to be.
    assert card.columns() == ()
    assert shown.output.count("good: hidden") == 5
    assert "confirms: kappa 0.45 [0.25, 0.65]" in shown.output
