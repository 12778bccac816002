"""Each bank's folder is what the Hub and `datasets` expect, and its README says who wrote it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import datasets
import pytest
import yaml

from counsel_leaderboard.registry.bank_checks.bank_row import CANARY
from counsel_leaderboard.registry.bank_checks.texts import OPEN


def front_matter(readme: str) -> dict[str, Any]:
    return dict(yaml.safe_load(readme.split("---\n")[1]))


def test_datasets_loads_the_folder_as_it_lies(bank: str, banks: dict[str, list[dict[str, Any]]], tmp_path: Path) -> None:
    loaded = datasets.load_dataset(str(OPEN / bank), cache_dir=str(tmp_path))
    assert list(loaded) == ["test"]
    assert json.loads(json.dumps(list(loaded["test"]))) == banks[bank]


def test_the_front_matter_is_ready_for_the_hub(bank: str) -> None:
    head = front_matter((OPEN / bank / "README.md").read_text(encoding="utf-8"))
    assert head["license"] == "cc-by-4.0"
    assert head["language"] in ("en", ["en"])
    assert head["size_categories"] == ["n<1K"]
    assert head["configs"] == [{"config_name": "default", "data_files": [{"split": "test", "path": "test.jsonl"}]}]
    assert head["pretty_name"]
    assert head["tags"]


@pytest.mark.parametrize(
    "says",
    ["language model of the Claude family", "no clinician has reviewed", "content.note", "data statement", re.escape(CANARY)],
)
def test_the_readme_says(bank: str, says: str) -> None:
    text = re.sub(r"\s+", " ", (OPEN / bank / "README.md").read_text(encoding="utf-8"))
    assert re.search(says, text, re.IGNORECASE)


def test_corrections_are_kept(bank: str) -> None:
    """A changelog with an entry for each version that rows of the bank carry."""
    text = (OPEN / bank / "CHANGELOG.md").read_text(encoding="utf-8")
    rows = (OPEN / bank / "test.jsonl").read_text(encoding="utf-8").splitlines()
    for version in {json.loads(row)["version"] for row in rows}:
        assert re.search(rf"^##+ {re.escape(version)}\b", text, re.MULTILINE)


def test_rows_are_one_object_a_line_in_plain_characters(bank: str) -> None:
    raw = (OPEN / bank / "test.jsonl").read_bytes()
    assert raw.endswith(b"}\n")
    assert b"\\u" not in raw
    assert b"\r" not in raw
