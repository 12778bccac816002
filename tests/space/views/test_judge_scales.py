"""The Judge tab where several judges scored one set of anchors, and where none did."""

from __future__ import annotations

from pathlib import Path

from counsel_leaderboard.leaderboard.judges.scales import bridge_store
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.views import judge_scales
from tests.space.page_text import pages_of, text
from tests.support.judges import keep, scored


def test_that_there_are_none_is_said(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        page = text(pages_of(store), "?tab=judge")
        assert "There are none. <code>counsel judge bridge" in page
        assert "There is no panel: a panel needs" in page
        assert "on the scale of" not in page


def test_a_bridge_and_a_panel_are_shown_and_kept_until_the_judges_change(tmp_path: Path) -> None:
    judges = [scored("first", lambda kind, _: 0.1 + 0.8 * kind / 4), scored("second", lambda kind, _: kind / 4)]
    files = [keep(judge, tmp_path) for judge in judges]
    with Store.open(tmp_path) as store:
        bridge_store.save(bridge_store.build(*judges), tmp_path)
        page = text(pages_of(store), "?tab=judge")
        assert "second on the scale of first" in page
        assert "old = 0.100 + 0.800 × new, 40 answers to 10 documents" in page
        assert "By first, second." in page
        assert "No stored run was judged by these judges." in page
        before = judge_scales.panel(store)
        assert judge_scales.panel(store) is before
        files[-1].unlink()
        assert "a panel needs" in (judge_scales.panel(store).reason or "")
