"""What a disk's refusal says to do next."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.runs.files import StorageError, refused, write_whole


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "Free space, then try again."),
        (errno.EDQUOT, "Free space, then try again."),
        (errno.EACCES, "Check the permissions of /home/x, and that its disk is not mounted read-only, then try again."),
        (errno.EROFS, "Check the permissions of /home/x, and that its disk is not mounted read-only, then try again."),
        (errno.EIO, "Check the disk that holds /home/x, then try again."),
    ],
)
def test_the_next_step_fits_the_error(number: int, hint: str) -> None:
    error = refused(Path("/home/x/file"), OSError(number, os.strerror(number)))
    assert str(error) == f"/home/x/file: could not be written ({os.strerror(number)}). {hint}"


def test_the_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(StorageError, match=f"{tmp_path}/file is a folder and blocks the path: remove it, or choose another"):
        write_whole(tmp_path / "file", "text", "or choose another")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("below", ["file", "folder/file", "folder/folder/file"])
def test_the_file_in_the_way_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "obstacle").write_text("kept")
    with pytest.raises(StorageError, match=f"{tmp_path}/obstacle is a file and blocks the path: remove it, then try again"):
        write_whole(tmp_path / "obstacle" / below, "text")
    assert (tmp_path / "obstacle").read_text() == "kept"
