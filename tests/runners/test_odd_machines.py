"""The commands on machines as they are: dead proxies, narrow encodings, no home, foreign packages, a cut log, Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from counsel_leaderboard.leaderboard.store.database import FILE_NAME
from counsel_leaderboard.runners import demo
from counsel_leaderboard.runners.demo import Demo
from counsel_leaderboard.runners.engines.process import served_process
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.progress import ProgressDisplay
from tests.support.paths import ROOT
from tests.support.run_folders import stored_samples
from tests.support.serve_command import COUNSEL

DEAD = "http://127.0.0.1:9"
STORE_AND_DIE = """
import os, sys
from pathlib import Path
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from tests.support.homes import stigma
from tests.support.run_folders import request, write
home, tasks = Path(sys.argv[1]), [stigma(0.8, 5)]
store = Store.open(home)
ingest(write(home.parent / "run", tasks, record=request(tasks)), home, store=store)
os._exit(0)  # as a kill: the log is not written into the file
"""
ANSWER_HEALTH = """
import http.server, json, os
from pathlib import Path
Path(os.environ["SHOW"]).write_text(json.dumps(dict(os.environ)))
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Health)
events.send(events.Ready(address=f"http://127.0.0.1:{server.server_port}"))
server.serve_forever()
"""


def counsel_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, whose environment is this one's and `environment`."""
    paths = os.pathsep.join(filter(None, [str(ROOT), environment.pop("PYTHONPATH", "")]))
    return subprocess.run(
        [*COUNSEL, *arguments], env={**os.environ, **environment, "PYTHONPATH": paths},
        capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture
def set_here(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set variables in this process, for the command in it."""

    def set_each(**environment: str) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

    return set_each


@pytest.mark.parametrize("odd", [{"no_proxy": "fd00::/8"}, {"ALL_PROXY": "socks5://127.0.0.1:9"}, {"http_proxy": DEAD}])
def test_a_server_on_this_machine_is_asked_without_a_proxy(
    odd: dict[str, str], serve: Callable[..., Any], counsel: Callable[..., Any], set_here: Callable[..., None]
) -> None:
    standin = serve(lambda _: "A", models=["other"])
    set_here(**odd)
    assert "not from this project's API" in counsel("queue", "--server", standin.url).err
    set_here(http_proxy=DEAD)
    done = counsel("eval", "m", "--url", standin.url, "--tasks", "counsel_stigma")
    assert "does not serve 'm'; it serves other" in done.err


def test_a_proxy_that_cannot_be_used_is_one_line(counsel: Callable[..., Any], set_here: Callable[..., None]) -> None:
    set_here(ALL_PROXY="socks5://127.0.0.1:9", no_proxy="")
    for arguments in (["queue", "--server", "http://board.example"], ["eval", "m", "--url", "http://model.example"]):
        done = counsel(*arguments)
        (line,) = [line for line in done.err.splitlines() if line.startswith("counsel: ")]
        assert "ALL_PROXY names a socks5 proxy" in line
        assert (done.code, "Traceback" in done.err) == (1, False)


def test_engines_are_started_with_what_keeps_them_alive_here(child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", DEAD)
    monkeypatch.setenv("no_proxy", "fd00::/8")
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    shown = tmp_path / "environment.json"
    with served_process("test", child(ANSWER_HEALTH), 30, {"SHOW": str(shown)}):
        environment = json.loads(shown.read_text())
    assert environment["no_proxy"] == environment["NO_PROXY"] == "127.0.0.1,localhost,::1"
    assert (environment["PYTHONIOENCODING"], environment["PYTHONUTF8"]) == ("utf-8", "1")


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a process that was killed right after it had stored a run."""
    home = tmp_path_factory.mktemp("killed") / "home"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COUNSEL_HOME": str(home)}
    subprocess.run([sys.executable, "-c", STORE_AND_DIE, str(home)], cwd=ROOT, env=environment, check=True)
    return home


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_board_that_has_what_the_encoding_lacks_is_still_printed(home: Path, left_behind: Path, encoding: str) -> None:
    shutil.copytree(left_behind, home)
    done = counsel_process("board", PYTHONIOENCODING=encoding)
    assert (done.returncode, "org/model" in done.stdout) == (0, True), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_page_of_judges_that_has_what_the_encoding_lacks_is_still_printed(
    home: Path, left_behind: Path, encoding: str
) -> None:
    shutil.copytree(left_behind, home)
    done = counsel_process("judge", "show", PYTHONIOENCODING=encoding)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


@pytest.mark.parametrize("left", [0.0, 0.01, 0.4])
def test_a_cut_log_is_no_empty_board(left: float, home: Path, left_behind: Path, counsel: Callable[..., Any]) -> None:
    shutil.copytree(left_behind, home)
    log = home / f"{FILE_NAME}.wal"
    os.truncate(log, int(log.stat().st_size * left))
    done = counsel("board")
    assert (done.code, done.out) == (1, "")
    assert "lacks 1 of the 1 stored runs" in done.err
    assert counsel("rebuild").code == 0
    done = counsel("board")
    assert (done.code, "org/model" in done.out, done.err) == (0, True, "")


@pytest.mark.parametrize("arguments", [["board"], ["tasks", "--config"], ["eval", "control/echo", "--tasks", "counsel_stigma"]])
def test_a_user_without_a_home_is_told_what_to_set(
    arguments: list[str], counsel: Callable[..., Any], set_here: Callable[..., None]
) -> None:
    set_here(HOME="/dev/null/home", COUNSEL_HOME="", COUNSEL_CACHE="")
    done = counsel(*arguments)
    assert (done.code, "Traceback" in done.err) == (1, False)
    assert "set COUNSEL_" in done.err


def test_the_demo_ends_within_seconds_when_it_is_interrupted(home: Path) -> None:
    """Ten evaluations that would never end; the second to start interrupts the main thread as Ctrl-C does."""
    lock = threading.Lock()
    calls: list[str] = []

    def generate(evaluation: Evaluation, reporter: Any) -> Path:
        with lock:
            calls.append(evaluation.engine.model.name)
            last = len(calls) == demo.HARNESSES
        if last:
            os.kill(os.getpid(), signal.SIGINT)
        for _ in range(3000):  # five minutes, were it not for the interruption
            reporter.update(0, 10)
            threading.Event().wait(0.1)
        raise AssertionError("it was left running")

    served = SimpleNamespace(base_url=f"{DEAD}/v1", model="m")
    with pytest.raises(KeyboardInterrupt):
        Demo(home, model=lambda: _Candidate(served), generate=generate).run(ProgressDisplay(Console(quiet=True)))
    assert len(calls) == demo.HARNESSES
    for thread in threading.enumerate():
        if thread.name.startswith("ThreadPoolExecutor"):
            thread.join(30)
            assert not thread.is_alive()


class _Candidate:
    """A candidate that is served already."""

    def __init__(self, served: Any) -> None:
        from counsel_leaderboard.runners.engines import ControlEngine

        self.spec, self.served = ControlEngine("echo"), served
        self.model, self.role, self.describe = self.spec.model, "candidate", self.spec.describe

    def serve(self) -> Any:
        from contextlib import nullcontext

        return nullcontext(self.served)


@pytest.mark.slow
def test_an_evaluation_with_a_judge_on_a_machine_with_all_of_it(serve: Callable[..., Any], home: Path, tmp_path: Path) -> None:
    """Dead and unusable proxies, cp1252, no home and a foreign `tasks` at once: everything is answered, judged and stored."""
    (tmp_path / "foreign" / "tasks").mkdir(parents=True)
    (tmp_path / "foreign" / "tasks" / "__init__.py").write_text("raise ImportError('somebody else')\n")
    candidate, judge = serve(lambda _: "A"), serve(lambda _: "no verdict", models=["j"])
    odd = {
        "http_proxy": DEAD, "https_proxy": DEAD, "ALL_PROXY": "socks5://127.0.0.1:9", "no_proxy": "fd00::/8",
        "PYTHONIOENCODING": "cp1252", "HOME": "/dev/null/home", "PYTHONPATH": str(tmp_path / "foreign"),
        "COUNSEL_JUDGE_URL": f"{judge.url}/v1", "COUNSEL_JUDGE_MODEL": "j",
    }  # fmt: skip
    names = "counsel_stigma,counsel_response"
    done = counsel_process("eval", "some-model", "--url", candidate.url, "--tasks", names, "--limit", "2", **odd)
    assert done.returncode == 0, done.stderr
    assert stored_samples(home).height == 4
    assert judge.bodies
