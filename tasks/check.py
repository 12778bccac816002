"""Checks task folders as lm-eval will load them: `python -m tasks.check [NAME]...`, all installed tasks without a name.

Everything that the manifest promises is tried on the task's own documents. The first broken rule of a folder is one error that
names folder, key, rule and next step.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from lm_eval.tasks._yaml_loader import load_yaml

from registry.errors import CounselError
from registry.manifests import ManifestError, TaskInfo, catalog, select
from registry.scoring.answers import NOT_GENERATED, clean
from tasks.judge.plan import verdict
from tasks.metrics import metric_list

DOCUMENT_KEYS = ("id", "cluster", "stratum", "dataset", "content_note", "target")
ANSWERS = ("", "A", "50", "I hear you.", NOT_GENERATED)
GUIDE = "docs/add-a-task.md says what a task's folder holds"


def check(info: TaskInfo) -> int:
    """How many documents the open suite of a task has, once nothing of it breaks a rule. Raises ManifestError."""
    config = _loaded(info)
    metric_list(info.name, info.manifest, config.get("aggregations", {}))
    docs = _call(info, "custom_dataset", config, "open").docs
    if not docs:
        raise _error(info, "custom_dataset", "gives no documents; a task needs one or more")
    names = set(info.manifest.table())
    for doc in docs:
        if missing := [key for key in DOCUMENT_KEYS if key not in doc]:
            raise _error(info, "custom_dataset", f"the document {doc.get('id')!r} lacks {', '.join(missing)}")
        requests = _call(info, "messages", config, doc)
        _check_requests(info, doc, requests)
        for answer in ANSWERS:
            found = _call(info, "process_results", config, doc, [_stored(info, answer)] * len(requests))
            if unknown := sorted(set(found) - names):
                raise _error(info, "process_results", f"gives {', '.join(unknown)}, which the manifest does not name")
    return len(docs)


def _loaded(info: TaskInfo) -> Mapping[str, Any]:
    try:
        return dict(load_yaml(info.file))
    except Exception as error:
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
    """Each is a system message, then user and assistant turns in alternation, user first and last."""
    for turns in requests:
        roles = [turn["role"] for turn in turns]
        wanted = ["system", *(("user", "assistant")[place % 2] for place in range(len(roles) - 1))]
        if roles != wanted or roles[-1] != "user":
            raise _error(info, "messages", f"of {doc['id']!r} have the roles {roles}; they must be {wanted}, the user's last")


def _stored(info: TaskInfo, answer: str) -> str:
    """What `process_results` is given: an answer, or for a judged task the verdict on it where no judge was asked."""
    return verdict(clean(answer), None) if info.judged else answer


def _error(info: TaskInfo, key: str, rule: str) -> ManifestError:
    return ManifestError(f"{info.file.parent}: {key}: {rule}. Correct it; {GUIDE}.")


def main(names: Sequence[str]) -> int:
    """Exit code 0 where every folder is right, else 1 with the first error of each on stderr."""
    try:
        tasks = select(names) if names else list(catalog().values())
    except CounselError as error:
        print(error, file=sys.stderr)
        return 1
    wrong = 0
    for info in tasks:
        try:
            print(f"{info.name} {info.version}: {check(info)} documents", flush=True)
        except CounselError as error:
            print(error, file=sys.stderr)
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
