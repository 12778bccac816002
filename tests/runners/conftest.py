"""Fixtures of the runners' tests: a home of their own, stand-in servers, fake children, and the command itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.cli.main import main
from tests.support.caches import new_cache
from tests.support.stand_in_server import StandIn, standing_in
from tests.support.worker import host, make, script, slot, store, wire  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def home(tmp_path: Path, vectors: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """$COUNSEL_HOME in a fresh folder, and no setting of the caller's in the environment."""
    for name in [name for name in os.environ if name.startswith(("COUNSEL_", "OPENAI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COUNSEL_CACHE", str(new_cache(tmp_path / "cache", vectors)))
    return tmp_path / "home"


@pytest.fixture
def serve() -> Iterator[Callable[..., StandIn]]:
    """Start a stand-in: `serve(reply, **settings)`."""
    with standing_in() as begin:
        yield begin


@pytest.fixture
def child(tmp_path: Path) -> Callable[[str], list[str]]:
    """The command line of a small Python program; it says its address as an event."""

    def write(program: str) -> list[str]:
        file = tmp_path / f"child{len(list(tmp_path.glob('child*.py')))}.py"
        file.write_text(f"import sys\nfrom counsel_leaderboard.registry.common import events\n{program}\n")
        return [sys.executable, str(file)]

    return write


@dataclass(frozen=True)
class Outcome:
    """What one command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def counsel(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """The `counsel` command, run in this process."""

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["counsel", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        code = ended.value.code
        return Outcome(code if isinstance(code, int) else int(code is not None), out, err)

    return run
