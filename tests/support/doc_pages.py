"""Pages of docs/ as a reader follows them: files to write, lines to change, commands to run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"^(?:<!-- (?P<kind>file|change): (?P<path>\S+) -->\n)?```\w*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A code block: `kind` is file, change or command; `path` is the file that a comment above it names."""

    kind: str
    path: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """The code blocks of a page, in order."""
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield Block(match["kind"] or "command", match["path"] or "", match["text"])


def follow(page: Path, folder: Path, environment: Mapping[str, str]) -> str:
    """Do in `folder` what the page says, and give what its commands printed; a command that fails fails the test."""
    commands = ["set -euo pipefail"]
    for block in blocks(page):
        if block.kind == "file":
            path = folder / block.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.kind == "change":
            _change(folder / block.path, block.text)
        else:
            commands.append(block.text)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", "\n".join(commands)], cwd=folder, env={**os.environ, "PATH": path, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _change(file: Path, text: str) -> None:
    """Replace the lines that begin with - by those that begin with +; the former occur once."""
    old = "".join(line[1:] for line in text.splitlines(keepends=True) if line.startswith("-"))
    new = "".join(line[1:] for line in text.splitlines(keepends=True) if line.startswith("+"))
    before = file.read_text(encoding="utf-8")
    assert before.count(old) == 1, f"{file.name} holds these lines {before.count(old)} times; correct the page:\n{old}"
    file.write_text(before.replace(old, new), encoding="utf-8")
