"""Writes down what the golden homes show, as the comparison expects it: `python -m tests.golden.capture`.

Run once, before the redesign. Run again only when a release's declared differences are to become what is expected: then
differences.toml is emptied in the same commit.
"""

from __future__ import annotations

import json
import lzma
import tarfile
import tempfile
from pathlib import Path

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.rebuild import catch_up, rebuild
from tests.golden.shown import Shown, shown

HERE = Path(__file__).parent
HOMES, EXPECTED = HERE / "homes.tar.xz", HERE / "expected.jsonl.xz"


def shown_by_homes(folder: Path) -> Shown:
    """What this version shows of the stored homes of the version before, which it unpacks there, rebuilds and opens."""
    with tarfile.open(HOMES) as archive:
        archive.extractall(folder, filter="data")
    shown_rows: Shown = {}
    for home in ("home", "made_up"):
        rebuild(folder / home)  # its tables are those of a version before
        with Store.open(folder / home) as store:
            catch_up(store)
            shown_rows |= {f"{home} {document}": rows for document, rows in shown(store).items()}
    return shown_rows


def written(shown_rows: Shown) -> bytes:
    """One line a row, compressed."""
    lines = [json.dumps([document, name, row]) for document, rows in shown_rows.items() for name, row in rows.items()]
    return lzma.compress("".join(f"{line}\n" for line in sorted(lines)).encode())


def read(raw: bytes) -> Shown:
    """The inverse of `written`."""
    shown_rows: Shown = {}
    for document, name, row in map(json.loads, lzma.decompress(raw).splitlines()):
        shown_rows.setdefault(document, {})[name] = row
    return shown_rows


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        EXPECTED.write_bytes(written(shown_by_homes(Path(scratch))))
