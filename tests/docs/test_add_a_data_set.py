"""docs/extend/add-a-data-set.md, followed in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.support.doc_pages import follow
from tests.support.paths import ROOT


def test_the_page_gives_a_card_that_is_locked_and_verified(tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(ROOT), "COUNSEL_CACHE": str(tmp_path / "cache"), "COUNSEL_HOME": str(tmp_path / "home")}
    printed = follow(ROOT / "docs" / "extend" / "add-a-data-set.md", tmp_path, environment)
    card = yaml.safe_load((tmp_path / "my-cards" / "toy-replies.yaml").read_text())
    (split,) = card["splits"]
    assert split["rows"] == 2
    assert split["fingerprint"].startswith("sha256:")
    assert split["files"][0]["sha256"] in printed
    assert "PROBLEM" not in printed
