"""The READMEs say what the YAMLs do."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.tasks import readme_table


def test_table_is_up_to_date():
    """Mended by: python -m counsel_leaderboard.tasks.readme_table."""
    text = readme_table.README.read_text(encoding="utf-8")
    assert readme_table.written(text) == text


@pytest.mark.parametrize("name", catalog())
def test_task_readme_is_complete(name):
    """Every metric is explained, and the sections that a reader looks for are there; the changelog knows this version."""
    info = catalog()[name]
    text = (info.file.parent / "README.md").read_text(encoding="utf-8")
    for section in ("## Paper", "## Items", "## What the model sees", "## Metrics", "## Deviations", "## Cost", "## Changelog"):
        assert section in text
    assert "```bibtex" in text
    assert f"- {info.version}:" in text.partition("## Changelog")[2]
    read = text + readme_table.README.read_text(encoding="utf-8")
    missing = [metric for metric in info.manifest.table() if f"`{metric}`" not in read]
    assert not missing
