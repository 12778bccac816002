"""Every variable stands in one table, and is read by the class that the table is made from."""

from __future__ import annotations

import importlib
import re
import subprocess
from collections.abc import Iterator

from counsel_leaderboard.registry.common.settings import Setting, Settings
from tests.support.paths import ROOT

BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->"
MODULES = (
    "counsel_leaderboard.registry.common.settings",
    "counsel_leaderboard.leaderboard.submissions.settings",
    "counsel_leaderboard.tasks.common.settings",
    "counsel_leaderboard.runners.settings",
    "counsel_leaderboard.space.settings",
)
PACKAGES = [module.split(".")[1] for module in MODULES]
# Between processes of ours, and of CI: no host sets them.
INNER = {"COUNSEL_EVENTS", "COUNSEL_ENGINE_PARENT"}


def classes(of: type[Settings]) -> Iterator[type[Settings]]:
    for each in of.__subclasses__():
        yield each
        yield from classes(each)


def listed() -> list[Setting]:
    """What is read, by package and name."""
    for module in MODULES:
        importlib.import_module(module)
    found: dict[str, tuple[int, Setting]] = {}
    for each in (each for each in classes(Settings) if each.__module__ in MODULES):
        for one in each.listed():
            found.setdefault(one.variable, (MODULES.index(each.__module__), one))
    return [one for _, one in sorted(found.values(), key=lambda pair: (pair[0], pair[1].variable))]


def table() -> str:
    """As `docs/host/running.md` has it; where that differs, the test shows what to put there."""
    rows = [f"| `{one.variable}` | {one.rule} | {one.default} | {one.meaning} |" for one in listed()]
    return "\n".join(["| variable | what it must be | unset | meaning |", "|---|---|---|---|", *rows, ""])


def test_the_docs_list_every_variable_with_rule_default_and_meaning() -> None:
    text = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    assert text.split(BEGIN)[1].split(END)[0] == table()


def test_no_variable_of_ours_is_read_past_the_settings() -> None:
    """What is handed to children, or looked through for secrets, is the environment as a whole and no variable of it."""
    files = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    known = {one.variable for one in listed()}
    for name in (file for file in files if file.split("/")[0] in PACKAGES):
        source = (ROOT / name).read_text(encoding="utf-8")
        read = set(re.findall(r'environ(?:\.get\(|\[)\s*"(COUNSEL_\w+)', source))
        assert read <= ({"COUNSEL_HOME"} if name == "space/start.py" else set()), name
        named = set(re.findall(r"\bCOUNSEL_[A-Z_]*[A-Z]\b", source))
        assert named <= known | INNER, name
