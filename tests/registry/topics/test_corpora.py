"""The corpora: our banks, and AnnoMI from a mirror."""

from __future__ import annotations

from pathlib import Path

import pytest

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.topics import corpora

HEAD = "transcript_id,topic,utterance_id,interlocutor,utterance_text,annotator_id\n"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COUNSEL_MIRROR", str(tmp_path))
    (tmp_path / "annomi").mkdir()
    return tmp_path / corpora.ANNOMI_FILE


def test_the_banks_give_counselors_words_alone() -> None:
    remarks = list(corpora.banks())
    assert {remark.source for remark in remarks} == {
        f"bank {name}" for name in ("psyllm", "trajectory", "preference", "response")
    }
    assert "Twenty-seven years is most of a working life, and you don't need the right words for it here." in {
        remark.text for remark in remarks
    }
    assert not any("Made tea" in remark.text for remark in remarks)


def test_annomi_is_read_once_for_each_utterance(mirror: Path) -> None:
    rows = (
        "7,smoking,0,therapist,What brings you here?,1\n"
        "7,smoking,0,therapist,What brings you here?,2\n"
        "7,smoking,1,client,I want to stop now.,1\n"
        '7,smoking,2,therapist,"Mhm. So you want to stop.",1\n'
    )
    mirror.write_text(HEAD + rows, encoding="utf-8")
    remarks = list(corpora.annomi())
    assert [(remark.text, remark.case, remark.turn, remark.subject) for remark in remarks] == [
        ("What brings you here?", "7", 0, "smoking"), ("So you want to stop.", "7", 2, "smoking")
    ]  # fmt: skip


def test_another_file_is_refused(mirror: Path) -> None:
    mirror.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="has no column transcript_id"):
        list(corpora.annomi())


def test_without_a_mirror_the_next_step_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_MIRROR", str(tmp_path))
    with pytest.raises(DataError, match="Set COUNSEL_MIRROR"):
        list(corpora.annomi())
