"""Every variable is read by a class that docs/reference/settings.md lists."""

from __future__ import annotations

import re
import subprocess

from docs.generate.settings import MODULES, settings
from tests.support.paths import ROOT

PACKAGES = [module.split(".")[1] for module in MODULES]
# Between processes of ours, and of CI: no host sets them.
INNER = {"COUNSEL_EVENTS", "COUNSEL_ENGINE_PARENT"}


def test_no_variable_of_ours_is_read_past_the_settings() -> None:
    """What is handed to children, or looked through for secrets, is the environment as a whole and no variable of it."""
    files = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    known = {setting.variable for setting in settings()}
    for name in (file for file in files if file.split("/")[0] in PACKAGES):
        source = (ROOT / name).read_text(encoding="utf-8")
        read = set(re.findall(r'environ(?:\.get\(|\[)\s*"(COUNSEL_\w+)', source))
        assert read <= ({"COUNSEL_HOME"} if name == "space/start.py" else set()), name
        named = set(re.findall(r"\bCOUNSEL_[A-Z_]*[A-Z]\b", source))
        assert named <= known | INNER, name
