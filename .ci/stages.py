"""Tells `.ci/run` whether one of its stages is due: `python3 .ci/stages.py NAME`.

Exit status 0 where it is, 1 where it is not, 2 where that cannot be told. stages.toml is the table. Needs Python's own library
alone, and git.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

HERE = Path(__file__).parent
DAY = 24 * 60 * 60


def table() -> tuple[list[str], dict[str, list[str]]]:
    """The paths of the stages that always run, and those of each other stage."""
    read = tomllib.loads((HERE / "stages.toml").read_text(encoding="utf-8"))
    return read["always"], read["on_change"]


def covers(path: str, file: str) -> bool:
    """Whether a path of the table stands for that file."""
    return file.startswith(path) if path.endswith("/") else fnmatchcase(file, path) and file.count("/") == path.count("/")


def changed(root: Path) -> set[str]:
    """Files that a commit of the 24 hours before the last one touched, under the names that they had then."""
    last = int(_git(root, "log", "-1", "--format=%ct"))
    told = _git(root, "log", "-m", "--format=", "--name-only", "--no-renames", "-z", f"--since={last - DAY}")
    return {name.strip("\n") for name in told.split("\0")} - {""}


def reason(stage: str, files: Iterable[str], environment: Mapping[str, str]) -> str | None:
    """Why that stage is due; None where it is not. Raises KeyError for a stage that the table has not."""
    if environment.get("COUNSEL_CI") == "all":
        return "COUNSEL_CI=all"
    paths = table()[1][stage]
    found = sorted(file for file in files if any(covers(path, file) for path in paths))
    return f"{found[0]} changed" + (f", and {len(found) - 1} more" if found[1:] else "") if found else None


def main(arguments: Sequence[str]) -> int:
    """Print why, or that it is not."""
    (stage,) = arguments
    try:
        why = reason(stage, changed(HERE.parent), os.environ)
    except (KeyError, subprocess.CalledProcessError) as error:
        print(f"{stage}: whether this stage is due cannot be told: {error!r}.")
        return 2
    print(
        f"Due: {why}."
        if why
        else "Not run: none of its paths changed within the last 24 hours of commits (COUNSEL_CI=all runs it)."
    )
    return 0 if why else 1


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
