"""The start file of a Space, run as the platform runs it: by its path, with what is installed and nothing else on the path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT


@pytest.mark.slow
def test_it_starts_from_its_own_path_up_to_the_home(tmp_path: Path) -> None:
    """All is imported before the home is opened, which here is a file; so no port is opened."""
    home = tmp_path / "home"
    home.write_text("")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"COUNSEL_HOME": str(home)}
    command = [sys.executable, str(ROOT / "space" / "start.py")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert done.stderr.startswith("counsel: ")
    assert str(home) in done.stderr
