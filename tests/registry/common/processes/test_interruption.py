"""Ctrl-C ends a command that hangs, with all that it started, and says how to go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from counsel_leaderboard.registry.common.processes.interruption import EXIT_CODE
from tests.support.processes import wait_until_gone

HANGS = """
import signal, subprocess, sys, threading, time
from counsel_leaderboard.registry.common.processes.interruption import Interruption
interruption = Interruption(["demo", "--name", "two words"])
interruption.arm()
# As lm_eval: in a session of its own, where the terminal's Ctrl-C does not reach it, with a child of its own.
child = subprocess.Popen([sys.executable, "-c", "import subprocess, time; "
    "print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"],
    stdout=subprocess.PIPE, text=True, start_new_session=True)
below = child.stdout.readline().strip()
threading.Thread(target=time.sleep, args=(600,)).start()  # not a daemon: the interpreter waits for it at its end
signal.siginterrupt(signal.SIGINT, False)  # as polars does
try:
    print(child.pid, below, flush=True)
    threading.Event().wait()
except KeyboardInterrupt:
    interruption.say()
    HOW
"""


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="only where the system has /proc")
@pytest.mark.parametrize("how", ["sys.exit(1)", "time.sleep(600)"])
def test_a_command_that_hangs_is_ended_with_what_it_started(how: str) -> None:
    command = subprocess.Popen(
        [sys.executable, "-c", HANGS.replace("HOW", how)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert command.stdout is not None
    started = [int(part) for part in command.stdout.readline().split()]
    command.send_signal(signal.SIGINT)
    _, errors = command.communicate(timeout=60)
    assert command.returncode == EXIT_CODE
    assert errors.splitlines() == ["counsel: interrupted; what was stored stays. To go on: counsel demo --name 'two words'"]
    for process in started:
        wait_until_gone(process)


def test_a_command_says_how_to_go_on(tmp_path: Path) -> None:
    """In the real entry point: a command that reads from a pipe which nobody writes to."""
    pipe = tmp_path / "results_2026.json"
    folder = tmp_path / "out"
    folder.mkdir()
    os.mkfifo(folder / pipe.name)
    script = "from counsel_leaderboard.leaderboard.cli.main import main; print('here', flush=True); main()"
    command = subprocess.Popen(
        [sys.executable, "-c", script, "ingest", str(folder)],
        env={**os.environ, "COUNSEL_HOME": str(tmp_path / "home")}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with (folder / pipe.name).open("w"):  # opens once the command reads
        command.send_signal(signal.SIGINT)
        _, errors = command.communicate(timeout=60)
    assert command.returncode == EXIT_CODE
    assert errors == f"counsel: interrupted; what was stored stays. To go on: counsel ingest {folder}\n"
