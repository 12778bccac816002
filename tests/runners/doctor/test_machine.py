"""What of this machine will cause trouble, each line with its next step."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

from counsel_leaderboard.leaderboard.store.database import FILE_NAME, Store
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.runners.doctor import folders, machine
from counsel_leaderboard.runners.doctor.diagnosis import Diagnosis

LONG, OTHER = "a" * 32, "b" * 32
DEAD = "http://127.0.0.1:9"


def single(findings) -> tuple[str, str]:
    (finding,) = findings
    assert isinstance(finding, Diagnosis)
    return finding.level, finding.text


def test_versions_are_compared_with_what_the_project_asks_for() -> None:
    wrong = ["httpx>=99", "no-such-package>=1", "click>=1", "another-missing; extra == 'test'", "gone; python_version < '3'"]
    _, (level, text) = [(finding.level, finding.text) for finding in machine.installed(wrong)]
    assert level == "problem"
    assert text == f"httpx {version('httpx')} is not >=99; no-such-package is missing."
    assert [finding.level for finding in machine.installed(["click>=8"])] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("encoding", "level"), [("cp1252", "warning"), ("ascii:replace", "warning"), ("utf_8", "ok"), ("", "ok")]
)
def test_a_narrow_encoding_is_named(encoding: str, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getpreferredencoding", lambda do_setlocale: "UTF-8")
    assert single(machine.encodings({"PYTHONIOENCODING": encoding}))[0] == level


@pytest.mark.parametrize(
    ("name", "level", "text"),
    [
        ("tasks/__init__.py", "ok", "tasks is not met, since ours is counsel_leaderboard.tasks"),
        ("lm_eval/__init__.py", "problem", "lm_eval would be imported in the place of the installed package"),
        ("yaml.py", "problem", "yaml would be imported"),
        ("datasets/data.csv", "ok", "hides no package"),  # a folder without __init__ hides nothing
    ],
)
def test_foreign_packages_on_pythonpath(name: str, level: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "foreign" / name
    file.parent.mkdir(parents=True)
    file.touch()
    path = os.pathsep.join(["", str(tmp_path), str(tmp_path / "foreign")])
    got = single(machine.import_paths({"PYTHONPATH": path}))
    assert got[0] == level
    assert text in got[1]


@pytest.mark.parametrize(
    ("admin", "worker", "problems"),
    [
        (None, None, []), (LONG, OTHER, []), (LONG, None, []),
        ("short", OTHER, ["COUNSEL_ADMIN_TOKEN has fewer than 32"]),
        ("x", "y", ["COUNSEL_ADMIN_TOKEN has fewer", "COUNSEL_WORKER_TOKEN has fewer"]),
        (LONG, f" {LONG}\n", ["COUNSEL_ADMIN_TOKEN and COUNSEL_WORKER_TOKEN are the same"]),
        (f"{LONG}\n{LONG}", OTHER, ["COUNSEL_ADMIN_TOKEN: holds a space"]),
    ],
)  # fmt: skip
def test_tokens_are_long_and_two(admin: str | None, worker: str | None, problems: list[str]) -> None:
    environment = {"COUNSEL_ADMIN_TOKEN": admin, "COUNSEL_WORKER_TOKEN": worker}
    found_problems = [
        finding for finding in machine.tokens({name: value for name, value in environment.items() if value is not None})
        if finding.level == "problem"
    ]  # fmt: skip
    assert len(found_problems) == len(problems)
    for finding, start in zip(found_problems, problems, strict=True):
        assert finding.text.startswith(start)
        assert finding.step
        assert not {admin, worker} & set(finding.line().split())


@pytest.mark.parametrize(
    ("environment", "notes"),
    [
        ({}, [("ok", "none set")]),
        ({"http_proxy": DEAD}, [("warning", "http_proxy set, and no_proxy lacks 127.0.0.1")]),
        ({"HTTPS_PROXY": DEAD, "no_proxy": "127.0.0.1"}, [("ok", "HTTPS_PROXY; this machine is never asked")]),
        ({"no_proxy": "fd00::/8"}, [("warning", "no_proxy holds 'fd00::/8'")]),
        ({"ALL_PROXY": "socks5://h:1"}, [("warning", "ALL_PROXY names a socks5 proxy"), ("warning", "ALL_PROXY set, and")]),
    ],
)
def test_proxies(environment: dict[str, str], notes: list[tuple[str, str]]) -> None:
    got = [(finding.level, finding.text) for finding in machine.proxy_settings(environment)]
    assert len(got) == len(notes)
    for (level, text), (wanted, start) in zip(got, notes, strict=True):
        assert level == wanted
        assert text.startswith(start)


def test_a_home_that_others_can_read_and_one_that_cannot_be_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=100 * folders.GIB))
    check = lambda: single(folders.folder("home folder", "COUNSEL_HOME", paths.home, private=True))  # noqa: E731
    assert check()[0] == "ok"
    home.mkdir()
    home.chmod(0o755)
    assert check() == ("warning", f"{home} can be read by other users, with withheld replies in it.")
    home.chmod(0o700)
    assert check()[0] == "ok"
    monkeypatch.setenv("COUNSEL_HOME", "/dev/null/home")
    assert check() == ("problem", "/dev/null cannot be written.")


@pytest.mark.parametrize(("gib", "level"), [(0.5, "problem"), (2, "warning"), (50, "ok")])
def test_a_full_disk(gib: float, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=gib * folders.GIB))
    assert single(folders.folder("home folder", "COUNSEL_HOME", paths.home, private=True))[0] == level


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/dev/null/home")
    monkeypatch.delenv("HF_HOME", raising=False)
    assert single(folders.user_home())[0] == "warning"
    monkeypatch.setenv("HF_HOME", "/tmp")
    assert single(folders.user_home())[0] == "ok"


def test_the_store_in_words(home: Path) -> None:
    assert single(folders.store()) == ("ok", "none yet")
    assert not home.exists()
    with Store.open(home):
        pass
    assert single(folders.store()) == ("ok", "0 runs")
    (home / "runs" / ("0" * 16)).mkdir(parents=True)
    level, text = single(folders.store())
    assert (level, "lacks 1 of the 1 stored runs" in text, "counsel rebuild" in text) == ("problem", True, True)
    (home / FILE_NAME).write_bytes(b"no database" * 1000)
    level, text = single(folders.store())
    assert (level, "is not a store of this version" in text) == ("problem", True)
