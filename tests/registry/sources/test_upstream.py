"""The two upstream datasets whose files are at hand: real checksums, real shapes. Skipped where there is no mirror."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from counsel_leaderboard import registry
from counsel_leaderboard.registry.common.errors import ChecksumError
from counsel_leaderboard.registry.sources.verify import verify
from tests.support.paths import MIRROR

NAMES = ("llms-as-therapists", "cpsycoune")


@pytest.fixture
def mirror(monkeypatch, tmp_path):
    if not (MIRROR / "cpsycoun").is_dir():
        pytest.skip("no mirror of the upstream data on this machine")
    monkeypatch.setenv("COUNSEL_MIRROR", str(MIRROR))
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    return MIRROR


@pytest.fixture
def copied(mirror, monkeypatch, tmp_path):
    shutil.copytree(mirror, tmp_path / "mirror", ignore=shutil.ignore_patterns("results"))
    monkeypatch.setenv("COUNSEL_MIRROR", str(tmp_path / "mirror"))
    return tmp_path / "mirror"


def test_stigma_prompts_are_fourteen_questions_about_seventy_two_vignettes(mirror):
    rows = registry.load("llms-as-therapists", "prompts").rows
    assert len(rows) == 1008
    assert len({row["vignette"] for row in rows}) == 72
    assert len({row["question_only"] for row in rows}) == 14
    assert len(registry.load("llms-as-therapists", "vignettes").rows) == 72  # upstream's questions.jsonl
    assert len(registry.load("llms-as-therapists", "questions").rows) == 14  # upstream's vignettes.jsonl


def test_the_survey_is_read_without_its_byte_order_mark(mirror):
    rows = registry.load("llms-as-therapists", "human").rows
    assert list(rows[0]) == ["question", "schizophrenia", "depression", "alcohol dependence", "daily troubles"]


def test_cpsycoune_is_45_dialogues_of_296_client_turns(mirror):
    loaded = registry.load("cpsycoune")
    assert loaded.revision == "1954f2e2d01d3b0f568e1673a525a6d3d9a34c03"
    assert set(Counter(row["topic"] for row in loaded.rows).values()) == {5}
    assert len({row["id"] for row in loaded.rows}) == 45
    turns = [turn for row in loaded.rows for turn in row["turns"]]
    assert len(turns) == 296
    assert {4, 9} == {extreme(len(row["turns"]) for row in loaded.rows) for extreme in (min, max)}
    assert all(turn["client"] and turn["counselor"] and "求助者" not in turn["client"][:4] for turn in turns)


def test_verify_passes_for_both(mirror):
    findings = [finding for finding in verify() if finding.name in NAMES]
    assert [finding.text for finding in findings if finding.problem] == []
    assert [finding.text for finding in findings if finding.name == "cpsycoune"] == [
        "split test: 45 of 45 files checked, 45 rows"
    ]


@pytest.mark.parametrize(
    "path",
    [
        "cpsycoun/CPsyCounE/Love&Marriage/4.json",
        pytest.param("llms-as-therapists/data/vignettes.jsonl", marks=pytest.mark.slow),
    ],
)
def test_one_changed_byte_is_found_and_named(copied, path):
    file = copied / path
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    problems = [finding.text for finding in verify() if finding.problem and finding.name in NAMES]
    assert len(problems) == 1
    assert str(file) in problems[0]
    with pytest.raises(ChecksumError):
        registry.load("cpsycoune") if "cpsycoun" in path else registry.load("llms-as-therapists", "questions")
