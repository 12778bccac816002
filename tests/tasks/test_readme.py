"""The READMEs say what the YAMLs do."""

from __future__ import annotations

from pathlib import Path

import pytest
from lm_eval.tasks._yaml_loader import load_yaml

import tasks
from tasks import catalogue

FOLDER = Path(tasks.__file__).parent
YAMLS = sorted(FOLDER.rglob("counsel_*.yaml"))


def test_table_is_up_to_date():
    """Mended by: python -m tasks.catalogue."""
    text = catalogue.README.read_text(encoding="utf-8")
    assert catalogue.written(text) == text


@pytest.mark.parametrize("path", YAMLS, ids=lambda path: path.stem)
def test_task_readme_is_complete(path):
    """Every metric is explained, and the sections that a reader looks for are there; the changelog knows this version."""
    text = (path.parent / "README.md").read_text(encoding="utf-8")
    config = load_yaml(path, resolve_func=False)
    for section in ("## Paper", "## Items", "## What the model sees", "## Metrics", "## Deviations", "## Cost", "## Changelog"):
        assert section in text
    assert "```bibtex" in text
    assert f"- {config['metadata']['version']}:" in text.partition("## Changelog")[2]
    told = text + (FOLDER / "README.md").read_text(encoding="utf-8")
    missing = [each["metric"] for each in config["metric_list"] if f"`{each['metric']}`" not in told]
    assert not missing
