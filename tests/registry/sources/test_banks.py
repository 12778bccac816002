"""The open banks against their cards. A bank that is not on disk is skipped; tests/registry/bank_checks reads them."""

from __future__ import annotations

import re

import pytest

from counsel_leaderboard import registry
from counsel_leaderboard.registry.cards.lock import bank_names
from counsel_leaderboard.registry.common.hashing import file_sha256
from counsel_leaderboard.registry.sources.paths import OPEN, bank_folder
from tests.support.paths import ROOT

COMMON = {"id", "version", "theme", "content_note", "provenance", "reviewer_notes", "canary"}
CANARY = "COUNSEL-BENCH canary 6f1d2c8e-5b0a-4d7e-9c53-2f6a81e4b7d0: benchmark items, not for training"


@pytest.fixture(params=bank_names())
def bank(request):
    dataset_card = registry.card(request.param)
    if not (bank_folder(dataset_card) / "test.jsonl").is_file():
        pytest.skip(f"{dataset_card.name} is not on disk")
    return dataset_card


def test_there_is_a_card_for_each_bank():
    banks = {
        *("clients", "judge-dialogues", "judge-exam", "preference", "psyllm", "rank", "requests", "response", "skills"),
        *("skills-turns", "stigma", "topics", "trajectory"),
    }
    assert set(bank_names()) == {f"open-{name}" for name in banks}
    assert {folder.name for folder in OPEN.iterdir() if folder.is_dir()} <= {
        registry.card(name).source.id for name in bank_names()
    }


def test_the_card_records_the_bank_as_it_is(bank):
    split = bank.split("test")
    loaded = registry.load(bank.name)
    if split.fingerprint is None:
        pytest.skip(f"{bank.name} is not locked yet: run `counsel data lock {bank.name}`")
    assert split.files[0].sha256 == file_sha256(bank_folder(bank) / "test.jsonl")
    assert (split.rows, split.fingerprint) == (len(loaded.rows), loaded.fingerprint)


def test_rows_have_the_columns_of_the_card_and_the_canary(bank):
    rows = registry.load(bank.name).rows
    for row in rows:
        assert row.keys() >= COMMON
        assert row.keys() == set(bank.columns)
        assert row["canary"] == CANARY
    assert len({row["id"] for row in rows}) == len(rows)


def test_the_readme_of_a_bank_is_ready_for_the_hub(bank):
    readme = bank_folder(bank) / "README.md"
    if not readme.is_file():
        pytest.skip(f"{bank.name} has no README.md yet")
    from huggingface_hub import DatasetCard

    about = DatasetCard.load(readme).data
    assert about.license == "cc-by-4.0"
    assert "en" in about.language
    assert about.to_dict()["configs"][0]["data_files"]


def test_every_task_has_a_dataset_with_a_card():
    used = {task for card in registry.cards().values() for task in card.tasks}
    assert used >= {
        f"counsel_{name}" for name in ("psyllm", "response", "stigma", "stigma_plain", "preference", "preference_rank")
    }
    assert used >= {"counsel_trajectory_rating", "counsel_trajectory_reply"}
    for path in (ROOT / "tasks").rglob("*.yaml"):
        for name in re.findall(r"^task:\s*(counsel_\w+)\s*$", path.read_text("utf-8"), re.MULTILINE):
            assert name in used, f"{path}: no card names the task {name}"


def test_every_task_that_a_card_names_can_be_run_on_an_open_bank():
    open_tasks = {task for name in bank_names() for task in registry.card(name).tasks}
    assert {task for card in registry.cards().values() for task in card.tasks} == open_tasks
