"""Packs a run folder as an archive."""

from __future__ import annotations

import tarfile
from pathlib import Path


def pack(folder: Path, target: Path) -> None:
    """Write the files of a run folder to `target` as a tar.gz; the same folder gives the same members in the same order."""
    with tarfile.open(target, "w:gz", compresslevel=6) as archive:
        for file in sorted(path for path in folder.iterdir() if path.is_file()):
            archive.add(file, arcname=file.name, recursive=False)
