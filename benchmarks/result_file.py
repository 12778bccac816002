"""Writes what a benchmark measured as Markdown into benchmarks/results/: machine, command, date, and tables."""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def add_out_option(parser: argparse.ArgumentParser, script: str) -> None:
    """Add `--out`: the file for the results, by default benchmarks/results/NAME.md. script: the `__file__` of the benchmark."""
    default = RESULTS / f"{Path(script).stem}.md"
    parser.add_argument("--out", type=Path, default=default, help="file for the results (default: benchmarks/results/NAME.md)")


def machine() -> str:
    """The processor, the number of its cores that may be used, the memory, the Python version, and the load average."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"{processor}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB of memory, Python {platform.python_version()}, "
        f"load average {load:.1f} at the start"
    )


class ResultFile:
    """The results of one run of a benchmark. Each row and sentence is printed at once; `write` stores them in a file."""

    def __init__(self, title: str, path: Path) -> None:
        self.path = path
        command = shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])
        self._lines = [
            f"# {title}",
            "",
            f"- Command: `{command}`",
            f"- Machine: {machine()}",
            f"- Date: {datetime.now(UTC):%Y-%m-%d}",
        ]
        self._in_table = False

    def heading(self, text: str) -> None:
        """Begin a section."""
        self._add("", f"## {text}")
        self._in_table = False

    def text(self, text: str) -> None:
        """Add a paragraph."""
        self._add("", text)
        self._in_table = False

    def table(self, *columns: str) -> None:
        """Begin a table with these columns."""
        self._add("", f"| {' | '.join(columns)} |", "|" + "---|" * len(columns))
        self._in_table = True

    def row(self, *cells: object) -> None:
        """Add a row to the table that was begun last. Raises ValueError if no table was begun since the last paragraph."""
        if not self._in_table:
            raise ValueError("row: no table was begun; call `table` with the names of the columns first.")
        self._add(f"| {' | '.join(map(str, cells))} |")

    def write(self) -> None:
        """Write the file, and print its path."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("\n".join(self._lines) + "\n", encoding="utf-8")
        print(f"\nwritten to {self.path}")

    def renew(self, heading: str) -> None:
        """Put the section of this heading, with command, machine and date of its own, in its place in the file that is there.

        Raises ValueError if the file has no such section, or this result has none.
        """
        mark = f"\n## {heading}\n"
        before, is_there, rest = self.path.read_text("utf-8").partition(mark)
        _, is_here, section = "\n".join([*self._lines, ""]).partition(mark)
        if not (is_there and is_here):
            raise ValueError(f"renew: {self.path} and the results need a section {heading!r} each; run the whole benchmark.")
        origin = "\n".join(self._lines[2:5])
        _, next_mark, after = rest.partition("\n## ")
        self.path.write_text(f"{before}{mark}\n{origin}\n{section}{next_mark}{after}", encoding="utf-8")
        print(f"\n{heading!r} renewed in {self.path}")

    def _add(self, *lines: str) -> None:
        self._lines += lines
        for line in lines:
            print(line, flush=True)
