"""Private by default: the home, paths of the server, uploads to the route of Gradio, the cache of answers, and tokens."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import httpx
import pytest
from sqlitedict import SqliteDict

from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.registry.common.credentials import CredentialError, without_folders
from counsel_leaderboard.registry.common.processes.startup import close_to_others
from counsel_leaderboard.runners.harness.response_cache import delete_missing_replies
from counsel_leaderboard.space.server.upload_quota import UploadQuota
from tests.support import serve_command

TOKEN, OTHER = "worker-token-0123456789abcdefghi", "admin-token-0123456789abcdefghij"


@pytest.mark.slow
def test_a_new_home_and_all_in_it_is_its_users_alone(tmp_path: Path) -> None:
    with serve_command.serving(tmp_path / "home") as address:
        assert httpx.get(f"{address}/api/v1/health/live").status_code == 200
        paths = [tmp_path / "home", *(tmp_path / "home").rglob("*")]
        open_to_others = [path for path in paths if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
        assert not open_to_others
        assert len(paths) > 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/srv/home/incoming/x/run/results_1.json: is not JSON", "results_1.json: is not JSON"),
        ("run '/a/b/c.jsonl' again", "run 'c.jsonl' again"),
        ("https://host/a/b is fine, org/model too, 1/2", "https://host/a/b is fine, org/model too, 1/2"),
        ("/srv/x.json and /srv/y/z.json", "x.json and z.json"),
        ("/" * 100_000, "/" * 100_000),
        ("/a" * 50_000, "a"),
    ],
)
def test_a_refusal_names_files_without_folders(text: str, shown: str) -> None:
    assert without_folders(text) == shown


def test_uploads_have_a_quota_by_address() -> None:
    quota = UploadQuota(most=2)
    assert [quota.take("a"), quota.take("a"), quota.take("a"), quota.take("b"), quota.take(None)] == [
        True,
        True,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("mode", [0o666, 0o660, 0o602])
def test_a_cache_of_answers_that_another_can_write_is_not_read(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "cache_rank0.db"
    with SqliteDict(str(file), autocommit=True) as answers:
        answers["a"] = "one"
    file.chmod(0o600)
    tmp_path.chmod(0o700)
    assert delete_missing_replies(tmp_path / "cache") == 1
    file.chmod(mode)
    assert delete_missing_replies(tmp_path / "cache") == 0
    assert not file.exists()


@pytest.mark.parametrize("token", ["a", "x" * 31, "worker-token-1", "x" * 64, "abab" * 16])
@pytest.mark.parametrize("name", ["COUNSEL_WORKER_TOKEN", "COUNSEL_ADMIN_TOKEN"])
def test_a_token_that_can_be_guessed_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, token: str, name: str) -> None:
    monkeypatch.setenv(name, token)
    with pytest.raises(CredentialError, match=f"^{name}: can be guessed") as caught:
        ServerSettings.from_environment()
    assert token == "a" or token not in str(caught.value)


@pytest.mark.parametrize("white_space", ["", " ", "\n"])
def test_equal_tokens_are_refused(monkeypatch: pytest.MonkeyPatch, white_space: str) -> None:
    monkeypatch.setenv("COUNSEL_WORKER_TOKEN", TOKEN)
    monkeypatch.setenv("COUNSEL_ADMIN_TOKEN", f"{TOKEN}{white_space}")
    with pytest.raises(CredentialError, match="are the same"):
        ServerSettings.from_environment()
    monkeypatch.setenv("COUNSEL_ADMIN_TOKEN", OTHER)
    assert ServerSettings.from_environment().admin_token == OTHER
    assert os.environ["COUNSEL_WORKER_TOKEN"] == TOKEN


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o777, 0o701])
def test_a_home_that_is_open_to_others_is_closed_when_the_server_starts(tmp_path: Path, mode: int) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    note = close_to_others(home)
    assert note is not None
    assert f"mode {mode:o}" in note
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert close_to_others(home) is None
    assert close_to_others(tmp_path / "none") is None


@pytest.mark.slow
def test_the_server_closes_its_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    with serve_command.serving(home):
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
