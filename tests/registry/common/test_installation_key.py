"""Codes that follow from a text and from a key of this installation."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest

from counsel_leaderboard.registry.common.installation_key import FILE, code


def in_another_process(home: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNSEL_HOME", home)
        return code("ticket", "text")


def test_the_same_text_and_key_give_the_same_code_in_every_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        codes = pool.map(in_another_process, [str(tmp_path / "home")] * 4)
    assert len(set(codes)) == 1
    assert len(codes[0]) == 32  # 128 bits
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "other"))
    assert code("ticket", "text") != codes[0]
    assert len({code("ticket", "text"), code("context", "text"), code("ticket", "text "), code("ticket", "\ud800")}) == 4


def test_the_owner_alone_may_read_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path))
    code("ticket", "text")
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("content", ["", "zz", "abcd", "\u00e9" * 64])
def test_a_key_that_is_none_is_not_used_and_not_lost(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path))
    (tmp_path / FILE).write_text(content)
    first = code("ticket", "text")
    assert (len(first), code("ticket", "text")) == (32, first)
    assert (tmp_path / FILE).read_text() == content


def test_a_home_that_cannot_be_written_gives_codes_of_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "file"))
    assert code("ticket", "text") == code("ticket", "text")
