"""A run as its author or a worker uploads it."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lm_eval.tasks._yaml_loader import load_yaml

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


MOST = 6


def said_yes(doc: Mapping[str, Any]) -> str:
    """The verdict of a judge that says yes to everything that `counsel_response` asks about a reply."""
    answers = [{"answer": "yes"}] * len(doc.get("acts", "1"))
    return json.dumps({"state": "judged", "answers": answers, "reasons": ["A reason."]})


@cache
def loaded(name: str, suite: str, _mirror: str | None) -> tuple[dict[str, Any], Any]:
    """A task's configuration and the items of a suite, read once: they take longer than a test."""
    config = load_yaml(catalog()[name].file)
    return config, config["custom_dataset"](suite)


def reported_task(
    name: str = "counsel_stigma", answer: str = "(A)", *, suite: str = "open", judge: dict[str, Any] | None = None
) -> Task:
    """A task whose run gave that answer to the first MOST items of the suite, scored by the task's own code.

    judge: who judged the replies of a judged task, as the results record it; every verdict is the same then.
    """
    manifest, (config, bank) = catalog()[name].manifest, loaded(name, suite, os.environ.get("COUNSEL_MIRROR"))
    items = []
    for doc in bank.docs[:MOST]:
        requests = config["messages"](doc)
        replies = (answer,) * len(requests)
        verdicts = (said_yes(doc),) * len(replies) if judge else None
        items.append(
            Item(
                doc["id"], config["process_results"](doc, verdicts or replies), cluster=doc["cluster"], stratum=doc["stratum"],
                risk=doc["risk"], content_note=doc["content_note"], replies=replies, verdicts=verdicts,
                document=doc, requests=requests,
            )
        )  # fmt: skip
    headline = manifest.table()[manifest.headline]
    return Task(
        name, items, headline=manifest.headline, area=manifest.area, combine=headline.combine, range=headline.range,
        higher_is_better=headline.higher_is_better, ranked=manifest.ranked, overall=manifest.overall,
        dataset=bank.dataset["name"], version=manifest.version, fingerprint=bank.dataset["fingerprint"],
        full=bank.dataset["items"], eligible=bank.dataset["eligible"], says_metrics=False,
        judged=manifest.judged, judge=judge, source=suite,
    )  # fmt: skip


def reported_files(tmp_path: Path, name: str = "counsel_stigma", answer: str = "(A)", **more: Any) -> dict[str, bytes]:
    """lm-eval's files of a run of `reported_task`, as an author would send them."""
    task = reported_task(name, answer, **more)
    folder = write(tmp_path / f"report{len(list(tmp_path.iterdir()))}", [task], limit=MOST)
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def workers_files(tmp_path: Path) -> dict[str, bytes]:
    """The same run, made by a worker that was asked for it with `limit: MOST`."""
    task, engine = reported_task(), {"kind": "vllm", "version": "1", "options": {}}
    record = request([task], model="org/model", engine=engine, limit=MOST)
    folder = write(tmp_path / f"worker{len(list(tmp_path.iterdir()))}", [task], record=record, limit=MOST)
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
