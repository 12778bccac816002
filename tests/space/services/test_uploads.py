from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.space.services.uploads import SETTING, delete_older, uploads_of


def put(file: Path, age: float = 0) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    for path in (file, file.parent):
        os.utime(path, (time.time() - age, time.time() - age))
    return file


def test_the_folder_is_the_servers_alone_and_gradios_for_as_long_as_it_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    left = put(tmp_path / "uploads/left/by-a-crash.tar")
    with uploads_of(tmp_path) as folder:
        assert os.environ[SETTING] == str(folder) == str(tmp_path / "uploads")
        assert not left.exists()
        put(folder / "digest/run.tar")
        put(folder / "tmpabc")
    assert list(folder.iterdir()) == []
    assert SETTING not in os.environ


def test_it_lies_where_the_host_says_and_leaves_alone_what_else_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, str(tmp_path / "gradio"))
    other = put(tmp_path / "gradio/other/file")
    with uploads_of(tmp_path / "home") as folder:
        assert folder == tmp_path / "gradio/uploads"
    assert other.exists()
    assert os.environ[SETTING] == str(tmp_path / "gradio")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, str(put(tmp_path / "a-file")))
    with pytest.raises(StorageError, match=f"a-file/uploads: cannot be created .* Set {SETTING}"), uploads_of(tmp_path):
        pass


def test_old_files_go_and_young_ones_stay(tmp_path: Path) -> None:
    target = put(tmp_path / "outside/target", 9000)
    folder = tmp_path / "uploads"
    old, young, part = put(folder / "a/old", 4000), put(folder / "b/young"), put(folder / "tmpold", 4000)
    link = folder / "link"
    link.symlink_to(target)
    os.utime(link, (0, 0), follow_symlinks=False)
    os.utime(folder / "a", (0, 0))
    delete_older(folder, 3600)
    assert not any(path.exists() or path.is_symlink() for path in (old, part, link))
    # A folder that has just been emptied may be about to be filled.
    assert old.parent.exists()
    os.utime(folder / "a", (0, 0))
    delete_older(folder, 3600)
    assert not old.parent.exists()
    assert young.exists()
    assert target.exists()


def test_it_is_kept_clean_while_it_is_used(tmp_path: Path) -> None:
    with uploads_of(tmp_path, every=0.02, max_age=100) as folder:
        old, young = put(folder / "tmpold", 200), put(folder / "tmpyoung")
        deadline = time.monotonic() + 20
        while old.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not old.exists()
        assert young.exists()
