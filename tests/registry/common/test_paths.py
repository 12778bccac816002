"""Folders of a user without a home, and of a disk that refuses."""

from __future__ import annotations

import errno
from pathlib import Path

import platformdirs
import pytest

from counsel_leaderboard.registry.common import paths


@pytest.mark.parametrize(
    ("folder", "variable", "function"),
    [(paths.home, "COUNSEL_HOME", "user_data_dir"), (paths.cache, "COUNSEL_CACHE", "user_cache_dir")],
)
def test_a_user_without_a_home_is_told_what_to_set(folder, variable, function, monkeypatch, tmp_path) -> None:
    monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(platformdirs, function, lambda name: f"~/.local/share/{name}")  # what it gives for such a user
    with pytest.raises(paths.FolderError, match=f"no home folder. Set {variable}"):
        folder()
    monkeypatch.setenv(variable, str(tmp_path))
    assert folder() == tmp_path


def test_a_refused_path_of_ours_is_named_with_its_variable(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    for name, variable in (("home/work/x", "COUNSEL_HOME"), ("cache", "COUNSEL_CACHE")):
        refused = paths.refusal(OSError(errno.ENOSPC, "No space left on device", str(tmp_path / name)))
        assert str(refused).startswith(f"{tmp_path / name}: No space left on device.")
        assert variable in str(refused)
    for elsewhere in ("/etc/x", None):
        assert paths.refusal(OSError(errno.ENOENT, "No such file", elsewhere)) is None
    assert paths.refusal(OSError("no number")) is None
    assert Path.cwd() not in (paths.home(), paths.cache())
