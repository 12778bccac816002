"""A server as a child process: it becomes healthy or says why not, and nothing of it stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from counsel_leaderboard.runners.engines import ControlEngine
from counsel_leaderboard.runners.engines.parent_watch import PARENT
from counsel_leaderboard.runners.engines.process import ServerProcess, served_process
from counsel_leaderboard.runners.errors import EngineDiedError, EngineStartError
from tests.support.processes import children_of, runs, wait_until_gone

SERVER = """
import http.server, pathlib, signal, subprocess
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(STATUS)
        self.end_headers()
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
events.send(events.Ready(address=f"http://127.0.0.1:{server.server_port}"))
print("listening", flush=True)
server.serve_forever()
"""
HEALTHY = SERVER.replace("STATUS", "200")
STUBBORN = """
import signal, subprocess, pathlib
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
pathlib.Path(__file__).with_suffix(".grandchild").write_text(str(grandchild.pid))
"""


def test_a_healthy_child_is_served_and_then_ended(child):
    with served_process("fake", child(HEALTHY), 20) as (url, process):
        assert httpx.get(f"{url}/health").status_code == 200
        process.check()
        assert process.ended() is None
    assert not runs(process.pid)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_a_child_that_dies_first_leaves_its_last_lines(child):
    script = "for n in range(30):\n    print(f'line {n}.')\nprint('no such weights', file=sys.stderr)\nsys.exit(3)"
    with pytest.raises(EngineStartError) as raised, served_process("fake", child(script), 20):
        pytest.fail("it never served")
    message = str(raised.value)
    assert "engine fake ended with exit code 3 before it was ready" in message
    assert "| no such weights" in message
    assert "| line 29." in message
    # 31 lines were printed and the last 20 are told: line 11 to line 29, and the one after.
    assert "| line 11." in message
    assert "| line 10." not in message


def test_a_silent_child_is_given_up_at_its_deadline():
    script = "import time\nprint('still loading', flush=True)\ntime.sleep(300)"
    with pytest.raises(EngineStartError) as raised, served_process("fake", [sys.executable, "-c", script], 2.0):
        pytest.fail("it never served")
    assert "engine fake was not ready after 2 s" in str(raised.value)
    assert "| still loading" in str(raised.value)
    assert "--start-timeout" in str(raised.value)


def test_an_announced_but_unhealthy_child_is_given_up(child):
    with pytest.raises(EngineStartError, match="was not ready"), served_process("f", child(SERVER.replace("STATUS", "503")), 1):
        pytest.fail("it never was healthy")


def test_a_child_killed_in_the_middle_is_noticed(child):
    with served_process("fake", child(HEALTHY), 20) as (_, process):
        os.kill(process.pid, signal.SIGKILL)
        wait_until_gone(process.pid)
        with pytest.raises(EngineDiedError) as raised:
            process.check()
    assert f"engine fake ended with exit code {-signal.SIGKILL} while it was in use" in str(raised.value)
    assert "| listening" in str(raised.value)
    assert "run the same command again" in str(raised.value)


def test_the_whole_group_ends_even_where_it_will_not(child):
    argv = child(STUBBORN + HEALTHY)
    with served_process("fake", argv, 20, stop_seconds=0.3) as (_, process):
        grandchild = int(Path(argv[1]).with_suffix(".grandchild").read_text())
        assert runs(grandchild)
    assert not runs(process.pid)
    wait_until_gone(grandchild)


def test_a_grandchild_ends_with_a_child_that_died_before(child):
    argv = child(STUBBORN + "sys.exit(1)")
    with pytest.raises(EngineStartError, match="exit code 1"), served_process("fake", argv, 20, stop_seconds=0.3):
        pytest.fail("it never served")
    wait_until_gone(int(Path(argv[1]).with_suffix(".grandchild").read_text()))


def test_an_engine_ends_when_its_parent_is_killed():
    script = (
        "from counsel_leaderboard.runners.engines import ControlEngine\nimport time\n"
        "with ControlEngine('echo').serve() as served:\n    print(served.base_url, flush=True)\n    time.sleep(300)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        (pid,) = children_of(parent.pid, "counsel_leaderboard.runners.engines.controls.launcher")
        assert httpx.get(f"{url}/models").status_code == 200
        parent.kill()
    wait_until_gone(pid)


def test_a_child_whose_parent_went_while_it_started_ends_too(tmp_path):
    # A parent that is gone before the child asks: the child's parent is not the one that it was told.
    argv = [sys.executable, "-P", "-m", "counsel_leaderboard.runners.engines.controls.launcher", "--control", "echo"]
    process = ServerProcess("orphan", argv, tmp_path / "log", {PARENT: "999999999"})
    try:
        wait_until_gone(process.pid)
        assert process.ended() == 1
    finally:
        process.stop()


@pytest.mark.slow
def test_two_engines_at_once_answer_as_themselves(tmp_path, monkeypatch):
    """Also from a folder with packages of our names, and with proxies set that lead nowhere."""
    (tmp_path / "runners").mkdir()
    (tmp_path / "runners" / "__init__.py").write_text("raise SystemExit('the wrong package')")
    monkeypatch.chdir(tmp_path)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    question = {"messages": [{"role": "user", "content": "How do you do?"}]}
    with ControlEngine("letter-b").serve() as first, ControlEngine("echo").serve() as second:
        assert first.base_url != second.base_url
        answers = [httpx.post(served.chat_url, json=question, trust_env=False).json() for served in (first, second)]
        first.check()
    assert [answer["choices"][0]["message"]["content"] for answer in answers] == ["B", "How do you do?"]
