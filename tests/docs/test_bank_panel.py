"""What the reference panels show is written down as the banks are now."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.manifests import TaskPanel
from docs.generate.bank_panel import BEGIN, END, block, files, written
from tests.support.overall_task import PANEL


@pytest.mark.slow
def test_every_figure_is_up_to_date() -> None:
    """Mended by: python -m docs.generate.bank_panel."""
    stale = [path.name for path, text in files().items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    assert stale == [], "run python -m docs.generate.bank_panel"


def test_a_saturated_task_is_marked() -> None:
    shown = block({"counsel_stigma": TaskPanel.model_validate(PANEL)})
    assert "| `counsel_stigma`, `stigma` | 1.000 | 0.980 | 0.000 | 0.300 to 0.400 | at the ceiling |" in shown


def test_the_part_between_the_marks_is_renewed_and_nothing_else() -> None:
    panels = {"counsel_stigma": TaskPanel.model_validate(PANEL)}
    once = written(f"# A bank\n{BEGIN}\noutdated\n{END}\nmore\n", panels)
    assert once.startswith(f"# A bank\n{BEGIN}\n## What")
    assert once.endswith(f"{END}\nmore\n")
    assert "outdated" not in once
    assert written(once, panels) == once
    with pytest.raises(ValueError, match="lacks the lines"):
        written("# A bank\n", panels)
