"""docs/extend/add-an-engine.md, followed in a copy of the packages."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.doc_pages import follow
from tests.support.paths import ROOT

PACKAGES = ("leaderboard", "registry", "runners", "space", "tasks")


@pytest.mark.slow  # a real lm_eval
def test_the_page_gives_an_engine_that_counsel_eval_runs(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "counsel_leaderboard", tmp_path / "counsel_leaderboard", symlinks=True)
    home = tmp_path / "home"
    environment = {"PYTHONPATH": str(tmp_path), "COUNSEL_HOME": str(home), "COUNSEL_CACHE": str(tmp_path / "cache")}
    printed = follow(ROOT / "docs" / "extend" / "add-an-engine.md", tmp_path, environment)
    assert "toy/always-a" in printed
    (request,) = home.glob("runs/*/request.json")
    assert json.loads(request.read_text())["engine"] == {"kind": "toy", "version": "1", "options": {}}
