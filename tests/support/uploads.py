"""A run as its author or a worker uploads it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.manifests import catalog
from tests.support.run_folders import Item, Task, request, write

VERSION = catalog()["counsel_stigma"].version


STIGMA = Task(
    "counsel_stigma",
    [Item("v1-q1", {"stigma": 1.0, "scored_rate": 1.0}), Item("v2-q1", {"stigma": 0.0, "scored_rate": 1.0})],
    version=VERSION,
)


def run_files(tmp_path: Path, *, task: Task = STIGMA, **changes: Any) -> dict[str, bytes]:
    """The files of a run that fits what `client.submit` asks for."""
    record = request([task], model="org/model", **{"engine": {"kind": "vllm", "version": "1", "options": {}}, **changes})
    folder = write(tmp_path / f"run{len(list(tmp_path.iterdir()))}", [task], record=record)
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def tar(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, raw in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    return out.getvalue()
