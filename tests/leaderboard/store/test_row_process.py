"""A child that reads folders: what it gives, what it raises, and what it gets of the environment."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.runs.files import StorageError
from counsel_leaderboard.leaderboard.store.row_process import RowProcess

SECRETS = (
    "COUNSEL_ADMIN_TOKEN",
    "COUNSEL_ADMIN_TOKEN_OLD",
    "HF_TOKEN",
    "HF_PASS",
    "HF_AUTH",
    "SLURM_JWT",
    "AWS_SECRET_ACCESS_KEY",
)


def test_an_error_is_raised_here_and_the_next_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("what it holds", encoding="utf-8")
    with RowProcess(Path.read_text) as process:
        with pytest.raises(FileNotFoundError, match="nothing"):
            process.ask(tmp_path / "nothing")
        assert process.ask(tmp_path / "text") == "what it holds"


def test_it_gets_the_listed_variables_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "hidden-0123456789")
    monkeypatch.setenv("COUNSEL_JUDGE_URL", "http://user:hidden-0123456789@judge.example/v1")
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path))
    with RowProcess(Path.read_text) as process:
        environment = process.ask(Path("/proc/self/environ"))
    assert f"COUNSEL_HOME={tmp_path}" in environment
    assert "hidden-0123456789" not in environment


def test_one_that_is_gone_is_named() -> None:
    with RowProcess(Path.read_text) as process:
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(StorageError, match=r"a folder: .* \(exit code -9\)"):
            process.ask(Path("a folder"))


def test_what_is_printed_does_not_get_between_the_answers(capfd: pytest.CaptureFixture[str]) -> None:
    with RowProcess(print) as process:
        assert [process.ask(Path(name)) for name in "ab"] == [None, None]
    assert capfd.readouterr().err == "a\nb\n"
