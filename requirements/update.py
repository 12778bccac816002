"""Writes the pinned requirements anew: `python requirements/update.py`. Needs uv beside the running Python.

demo.txt holds what the project and its build need, ci.txt what the tests need besides, space.txt what the server alone needs,
in the same versions. Each is resolved for every platform and for Python 3.11 and later, with the hashes of all its files.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
UV = Path(sysconfig.get_path("scripts")) / "uv"
EDITABLE = "editables"  # hatchling asks for it where the project is installed with -e
PYTHON = "3.11"  # the oldest that pyproject.toml allows
HEAD = """\
# Written by requirements/update.py; do not edit. Install with --require-hashes --no-deps, then the project with --no-deps.
"""
_PIN = re.compile(r"^(?=\S)(?!#)", re.MULTILINE)  # a pin begins in the first column, its hashes are indented


def compiled(requirements: list[str], constraints: str = "") -> str:
    """Pins with hashes of those requirements and of all that they need, in the versions of `constraints`, which are pins too.

    Raises CalledProcessError where they contradict each other or no package index answers.
    """
    options = ["--universal", "--python-version", PYTHON, "--generate-hashes", "--quiet"]
    options += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    options += ["--no-emit-package", "pip"]  # whatever pip runs the installation stays
    limits = HERE / ".constraints"
    limits.write_text(constraints, encoding="utf-8")
    try:
        command = [UV, "pip", "compile", "-", "--constraint", limits, *options]
        resolved = subprocess.run(command, input="\n".join(requirements), stdout=subprocess.PIPE, text=True, check=True)
    finally:
        limits.unlink()
    return resolved.stdout


def pins(text: str) -> list[str]:
    """The single pins of a resolved text, each with its hashes."""
    return [pin for pin in _PIN.split(text) if pin]


def main() -> None:
    """Resolve the three sets, and write all three files or none."""
    if not UV.exists():
        sys.exit(f"{UV}: is not there. Install it with: {sys.executable} -m pip install 'uv>=0.9,<1'")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["project"]["dependencies"], *project["build-system"]["requires"], EDITABLE]
    extras = project["project"]["optional-dependencies"]
    tested = [*extras["test"], *extras["sessions"]]
    served = (ROOT / "space" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    demo = compiled(needed)
    ci = [pin for pin in pins(compiled([*needed, *tested], demo)) if pin not in pins(demo)]
    space = compiled(served, demo)
    files = {"demo.txt": demo, "ci.txt": "-r demo.txt\n" + "".join(ci), "space.txt": space}
    for name, text in files.items():
        (HERE / name).write_text(HEAD + text, encoding="utf-8")


if __name__ == "__main__":
    main()
