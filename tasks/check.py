"""Checks task folders as lm-eval will load them: `python -m counsel_leaderboard.tasks.check [NAME]...`.

Without a name it checks all installed tasks. Everything that the manifest promises is tried on the task's own documents. The
first broken rule in a folder is reported as one error that names the folder, the key, the rule and the next step.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from lm_eval.tasks._yaml_loader import load_yaml

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.registry.manifests import ManifestError, TaskInfo, catalog, include_path, select
from counsel_leaderboard.registry.manifests.schema import inside
from counsel_leaderboard.tasks.common.metrics import metric_list
from counsel_leaderboard.tasks.common.source import Items, TaskSourceError

DOCUMENT_KEYS = ("id", "cluster", "stratum", "dataset", "content_note", "target")
ANSWERS = ("", "A", "50", "I hear you.", NOT_GENERATED)
GUIDE = "docs/extend/add-a-task.md explains the files of a task's folder"


def check(info: TaskInfo) -> int:
    """Number of documents in the task's open suite, 0 for recorded answers. Raises ManifestError at the first broken rule."""
    config = _loaded(info)
    metric_list(info.name, info.manifest, config.get("aggregations", {}))
    if "class" not in config:
        raise _error(
            info, "class", "is missing in the YAML file; tasks.common.chat.ChatTask and tasks.common.judged.JudgedTask are"
        )
    if not (info.file.parent / "README.md").is_file():
        raise _error(info, "README.md", "is missing; readers of the board look there for what the task measures")
    _check_suites(info, config)
    # What is only replayed has documents where its files are, and a model's name chooses them.
    docs = [] if info.manifest.recorded_only else _documents(info, config)
    for doc in docs:
        requests = _call(info, "messages", config, doc)
        _check_requests(info, doc, requests)
        for answer in ANSWERS:
            stored = [_stored(config, doc, answer)] * len(requests)
            metrics = _call(info, "process_results", config, doc, stored)
            _check_metrics(info, metrics)
    return len(docs)


def _check_suites(info: TaskInfo, config: Mapping[str, Any]) -> None:
    """A host's task must accept every suite that it names. Tests check the package's own, whose data may need fetching."""
    if include_path() in info.file.parents:
        return
    for suite in info.manifest.suites:
        try:
            _call(info, "custom_dataset", config, suite)
        except TaskSourceError as error:
            raise _error(info, "suites", f"names {suite}, and `documents` refuses it ({error})") from error


def _documents(info: TaskInfo, config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = _call(info, "custom_dataset", config, info.manifest.suites[0])
    if not isinstance(items, Items) or not items.docs:
        raise _error(info, "custom_dataset", f"gives {items if items is None else type(items).__name__} and no documents")
    seen: set[Any] = set()
    for doc in items.docs:
        name = repr(doc.get("id"))
        for key in DOCUMENT_KEYS:
            if not isinstance(doc.get(key), str):
                raise _error(info, "custom_dataset", f"{key}: must be text; it is {doc.get(key)!r} in the document {name}")

        if not isinstance(doc.get("risk", False), bool):
            raise _error(info, "custom_dataset", f"risk: must be true or false; it is {doc['risk']!r} in {doc['id']!r}")
        if doc["dataset"] != items.dataset["name"]:
            bank = items.dataset["name"]
            raise _error(
                info, "custom_dataset", f"dataset: is {doc['dataset']!r} in the document {name}, and the bank is {bank!r}"
            )

        if doc["id"] in seen:
            raise _error(info, "custom_dataset", f"gives two documents with the id {doc['id']!r}")
        seen.add(doc["id"])
    return list(items.docs)


def _check_metrics(info: TaskInfo, metrics: Any) -> None:
    """Each metric is in the manifest and is a number or a record with a number, within its range if it is a mean of items."""
    if not isinstance(metrics, Mapping):
        raise _error(info, "process_results", f"gives {metrics!r}; it must be a mapping from metrics to values")
    table = info.manifest.table()
    if unknown := sorted(set(metrics) - set(table)):
        raise _error(info, "process_results", f"gives {', '.join(unknown)}, which the manifest does not name")
    for name, record in metrics.items():
        number = record.get("value") if isinstance(record, Mapping) else record
        is_mean = table[name].combine != "custom"
        if not isinstance(number, int | float) or (is_mean and not inside(number, table[name].range)):
            raise _error(info, "process_results", f"gives {name} = {number!r}; it must be a number in {table[name].range}")


def _loaded(info: TaskInfo) -> Mapping[str, Any]:
    try:
        return dict(load_yaml(info.file))
    except (Exception, SystemExit) as error:
        raise _error(info, "task.py", f"raised {type(error).__name__} on import ({error})") from error


def _call(info: TaskInfo, key: str, config: Mapping[str, Any], *arguments: Any) -> Any:
    if key not in config:
        raise _error(info, key, "is missing in the YAML file")
    try:
        return config[key](*arguments)
    except CounselError:
        raise
    except Exception as error:
        raise _error(info, key, f"raised {type(error).__name__} ({error})") from error


def _check_requests(info: TaskInfo, doc: Mapping[str, Any], requests: Sequence[Any]) -> None:
    """Each request is a system message, then alternating user and assistant turns that begin and end with the user."""
    for turns in requests:
        roles = [turn["role"] for turn in turns]
        expected = ["system", *(("user", "assistant")[index % 2] for index in range(len(roles) - 1))]
        if roles != expected or roles[-1] != "user":
            raise _error(info, "messages", f"of {doc['id']!r} have the roles {roles}; they must be {expected}, the user's last")


def _stored(config: Mapping[str, Any], doc: Mapping[str, Any], answer: str) -> str:
    """The input of `process_results`: the answer, or for a judged task the verdict that is stored without a judge."""
    return str(config["judging"].verdict(doc, answer, None)) if "judging" in config else answer


def _error(info: TaskInfo, key: str, rule: str) -> ManifestError:
    return ManifestError(f"{info.file.parent}: {key}: {rule}. Correct it; {GUIDE}.")


def main(names: Sequence[str]) -> int:
    """Exit code 0 if every folder passes, else 1 with the first error of each folder on stderr."""
    try:
        tasks = select(names) if names else list(catalog().values())
    except CounselError as error:
        print(error, file=sys.stderr)
        return 1
    failures = 0
    for info in tasks:
        try:
            print(f"{info.name} {info.version}: {check(info)} documents", flush=True)
        except CounselError as error:
            print(error, file=sys.stderr)
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
