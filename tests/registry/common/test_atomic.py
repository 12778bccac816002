"""A file is there whole or as it was before, whatever the disk does."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from counsel_leaderboard.registry.common import atomic
from tests.support.full_disk import refuse


@pytest.mark.parametrize("flush", ["nothing", "bytes", "bytes and name"])
@pytest.mark.parametrize("content", ["ключ\n", b"\x00\xff"])
def test_a_file_and_its_folder_are_written(tmp_path: Path, flush: atomic.Flush, content: str | bytes) -> None:
    file = tmp_path / "new" / "file"
    for _ in range(2):
        atomic.write(file, content, flush=flush)
    assert file.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert [each.name for each in file.parent.iterdir()] == ["file"]


@pytest.mark.parametrize(("call", "left"), [(1, "old"), (2, "new")])
def test_a_disk_that_refuses_leaves_a_whole_file_and_nothing_else(
    tmp_path: Path, call: int, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first flush is that of the bytes, the second that of the name."""
    file = tmp_path / "file"
    atomic.write(file, "old")
    refuse(monkeypatch, "fsync", call=call)
    with pytest.raises(OSError, match="No space left"):
        atomic.write(file, "new", flush="bytes and name")
    assert file.read_text() == left
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_is_there_stays_where_it_may_not_be_replaced(tmp_path: Path) -> None:
    file = tmp_path / "file"
    atomic.write(file, "first", replace=False, mode=0o600)
    with pytest.raises(FileExistsError):
        atomic.write(file, "second", replace=False)
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("first", 0o600)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_writers_at_once_never_mix_or_meet(tmp_path: Path) -> None:
    """One process, many threads: a name of the process alone would let two of them write one partial file."""
    file, texts = tmp_path / "file", [str(number) * 100_000 for number in range(8)]
    start, faults = threading.Barrier(len(texts)), []

    def write(text: str) -> None:
        try:
            start.wait(timeout=30)
            atomic.write(file, text)
        except OSError as error:
            faults.append(error)

    threads = [threading.Thread(target=write, args=[text]) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert file.read_text() in texts


def test_leftovers_of_dead_writers_go_and_files_stay(tmp_path: Path) -> None:
    (tmp_path / f"{atomic.PARTIAL}1").write_text("half")
    (tmp_path / "file").write_text("whole")
    atomic.remove_leftovers(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_folder_beside_the_target_shares_its_file_system_and_goes(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file"
    with atomic.folder_beside(target) as folder:
        (folder / "made").write_text("whole")
        (folder / "made").replace(target)
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]
