"""Each running worker has a folder of its own."""

from __future__ import annotations

from pathlib import Path

from counsel_leaderboard.runners.worker.work_dir import locked_work_dir


def test_each_running_worker_has_a_folder_and_finds_it_again(tmp_path: Path) -> None:
    with locked_work_dir(tmp_path) as first, locked_work_dir(tmp_path) as second:
        assert first.folder != second.folder
        assert first.name != second.name
        name = first.name
    with locked_work_dir(tmp_path) as again:
        assert again.name == name
