"""A disk that is full is told from a disk that fails: 507 and its hint are for the first alone."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.api.errors import explain
from counsel_leaderboard.leaderboard.runs.files import StorageError, refused


@pytest.mark.parametrize(
    ("number", "status"),
    [(errno.ENOSPC, 507), (errno.EDQUOT, 507), (errno.EIO, 503), (errno.EACCES, 503), (errno.EROFS, 503), (errno.EMFILE, 503)],
)
def test_the_status_says_whether_space_is_missing(number: int, status: int, tmp_path: Path) -> None:
    answer = explain(refused(tmp_path / "file", OSError(number, "refused")))
    assert answer.status_code == status
    assert (b"Free space" in answer.body) == (status == 507)


def test_a_damaged_file_is_no_full_disk() -> None:
    assert explain(StorageError("reports/x.json: is not a report. Restore it from a backup.")).status_code == 503
