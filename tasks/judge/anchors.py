"""Anchors: answers of graded quality to a fixed part of the open banks, used to put two judges on one scale.

`write` makes the anchors from the banks. Its file is then the set, named by its hash: a bank may change later, but the anchors
of a judge that is gone may not. `score` has the judge score them with the tasks' own rubrics and rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.tasks.exam.exam_tasks import ExamTask, exam_tasks
from counsel_leaderboard.tasks.judge.judging import JudgeFilter
from counsel_leaderboard.tasks.judge.settings import HOW, JudgeEndpoint, JudgeError

DOCS_A_TASK = 30
GENERIC = (
    "Thank you for sharing this with me. That sounds hard. Take good care of yourself, and things will get better with time."
)
KEYS = ("id", "task", "kind", "cluster", "doc", "reply")

Doc = Mapping[str, Any]


class AnchorFileError(CounselError):
    """The file of anchors cannot be read."""


def write() -> Iterator[dict[str, Any]]:
    """The anchors of the current open banks in a fixed order: id, task, kind, cluster, doc, reply."""
    for name, task in exam_tasks().items():
        docs = chosen(task)
        for index, doc in enumerate(docs):
            replies = kinds(task, doc, docs[(index + 1) % len(docs)])
            for kind, reply in replies.items():
                yield {
                    "id": f"{name}/{doc['id']}/{kind}", "task": name, "kind": kind, "cluster": doc["cluster"],
                    "doc": doc, "reply": reply,
                }  # fmt: skip


def chosen(task: ExamTask) -> list[Doc]:
    """The first document of each of the first DOCS_A_TASK clusters that the headline covers, in the task's balanced order."""
    first: dict[str, Doc] = {}
    for doc in task.documents().docs:
        if not doc.get("benign"):
            first.setdefault(doc["cluster"], doc)
    return list(first.values())[:DOCS_A_TASK]


def kinds(task: ExamTask, doc: Doc, other: Doc) -> dict[str, str]:
    """Replies to one document by kind, from the bank's own reply down to an echo of the client's words."""
    definition = task.definition
    own = definition.reference(doc)
    kind, best = definition.best_anchor(doc) if definition.best_anchor else ("reference", own)
    worse = {
        "half": half(own),
        "other client's": definition.reference(other),
        "generic": GENERIC,
        "echo": client_message(task, doc),
    }
    return {kind: best, **worse}


def half(reply: str) -> str:
    """The first half of a reply's sentences."""
    sentences = re.split(r"(?<=[.?!])\s+", reply)
    return " ".join(sentences[: max(1, len(sentences) // 2)])


def client_message(task: ExamTask, doc: Doc) -> str:
    """The client's last message."""
    return str(task.messages(doc)[0][-1]["content"])


def score(file: Path, judge: JudgeEndpoint | None) -> Iterator[dict[str, Any]]:
    """First `{"judge": ...}` with model, revision, prompt version and rubrics by task, then `{"id", "value"}` for each anchor.

    A value is null if there is no verdict. Raises AnchorFileError if `file` holds no anchors, JudgeError if there is no judge
    or it was never reached.
    """
    anchors = read(file)
    if judge is None:
        raise JudgeError(f"anchors need a judge. {HOW}.")
    values: dict[str, float | None] = {}
    records: dict[str, Mapping[str, Any]] = {}
    for task in sorted({anchor["task"] for anchor in anchors}):
        task_anchors = [anchor for anchor in anchors if anchor["task"] == task]
        records[task] = _score(task, task_anchors, judge, values)
    yield {"judge": identity(records)}
    yield from ({"id": anchor["id"], "value": values[anchor["id"]]} for anchor in anchors)


def _score(
    task: str, anchors: list[dict[str, Any]], judge: JudgeEndpoint, values: dict[str, float | None]
) -> Mapping[str, Any]:
    scored, headline = exam_tasks()[task], exam_tasks()[task].info.manifest.headline
    judging = JudgeFilter(task, scored.plan, judge)
    verdicts = judging.verdicts([anchor["reply"] for anchor in anchors], [anchor["doc"] for anchor in anchors])
    record = judging.record or {}
    if record["calls"] and record["unreached"] == record["calls"]:
        raise JudgeError(f"the judge at {judge.host} was never reached. Check COUNSEL_JUDGE_URL and try again.")
    for anchor, verdict in zip(anchors, verdicts, strict=True):
        metric = scored.process_results(anchor["doc"], [verdict]).get(headline)
        values[anchor["id"]] = metric["value"] if isinstance(metric, dict) else metric
    return record


def identity(records: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The judge's identity, from the tasks' records of one run."""
    first = next(iter(records.values()))
    rubrics = {task: record["rubric"] for task, record in records.items()}
    return {
        "model": first["model"],
        "revision": first["revision"],
        "prompt_version": first["prompt_version"],
        "rubrics": rubrics,
    }


def read(file: Path) -> list[dict[str, Any]]:
    """The anchors in a file. Raises AnchorFileError."""
    try:
        anchors = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
    except (OSError, ValueError) as error:
        raise AnchorFileError(f"{file}: is not a file of anchors with one JSON object on each line ({error}).") from error
    for number, anchor in enumerate(anchors, start=1):
        if not isinstance(anchor, dict) or any(key not in anchor for key in KEYS) or anchor["task"] not in exam_tasks():
            raise AnchorFileError(f"{file}: line {number} must be an object with {', '.join(KEYS)}, of a task that is judged.")
    return anchors
