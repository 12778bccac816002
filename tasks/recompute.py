"""Holds a run that somebody else made against this installation: its items, and what its answers score.

Started with a run folder on standard input (`{"folder": ...}`), by `leaderboard.submissions.uploads.intake`, in a process with
limits. Every document must be one of the installed bank, with nothing in it that the bank does not say, and each prompt must
hold the messages of its task; dataset, fingerprint and number of items must be those of the bank; and each metric must be what
the code of the task makes of the stored answers, or of the stored verdicts where a judge scored. What a verdict holds that
needs no judge is measured anew from the text. A bank that is not on this machine is not fetched. It answers with one event.
Metrics may differ by TOLERANCE: floats round.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from lm_eval.tasks._yaml_loader import load_yaml

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.untrusted.foreign_json import ForeignJsonError, parsed
from counsel_leaderboard.registry.manifests import TaskInfo, catalog
from counsel_leaderboard.tasks.common.source import Items
from counsel_leaderboard.tasks.judge.plan import JudgingPlan

TOLERANCE: Final = 1e-9
DATASET_FACTS: Final = ("name", "split", "revision", "fingerprint", "items", "eligible")
DOCUMENT_FACTS: Final = ("id", "cluster", "stratum", "dataset", "content_note")
STEP: Final = "Run lm_eval again with this release, and send the folder as it is."


class OtherRunError(CounselError):
    """A run whose items or scores are not those of this installation; `field` is the part of the run."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}. {STEP}")
        self.field = field


def check(folder: Path) -> int:
    """The number of samples that were recomputed. Raises OtherRunError where one differs, CounselError without a bank."""
    (results_file,) = folder.glob("results_*.json")
    results = json.loads(results_file.read_text(encoding="utf-8"))
    count = 0
    for name, config in results["configs"].items():
        info = catalog().get(name)
        if info is None:
            raise OtherRunError(f"results.configs.{name}", "is no task of this installation")
        samples = results_file.with_name(results_file.name.replace("results_", f"samples_{name}_", 1)).with_suffix(".jsonl")
        count += _check_task(info, config["metadata"], samples)
    return count


def _check_task(info: TaskInfo, metadata: Mapping[str, Any], file: Path) -> int:
    config = load_yaml(info.file)
    items: Items = config["custom_dataset"](_suite(info, metadata))
    _check_dataset(info.name, items, metadata)
    bank = {doc["id"]: doc for doc in items.docs}
    count = 0
    for number, sample in enumerate(_lines(file), start=1):
        where = f"samples.{info.name}.{number}"
        doc = bank.get(sample["doc"].get("id"))
        if doc is None:
            raise OtherRunError(where, f"{str(sample['doc'].get('id'))[:80]!r} is no item of {items.dataset['name']}")
        _check_document(where, sample["doc"], doc)
        _check_prompts(where, sample.get("arguments"), config["messages"](doc), doc)
        if (plan := config.get("judging")) is not None and plan.measured is not None:
            _check_measured(where, sample, plan, doc)
        _check_metrics(where, sample, config["process_results"], doc, judged=info.judged)
        count += 1
    return count


def _suite(info: TaskInfo, metadata: Mapping[str, Any]) -> str:
    """The suite that gives the dataset which the run names."""
    suites = [str(suite) for suite in info.manifest.suites]
    source = str(metadata.get("source", "open"))
    if source not in suites:
        raise OtherRunError(f"results.configs.{info.name}", f"source {source[:40]!r} is none of {', '.join(suites)}")
    return source


def _check_dataset(task: str, items: Items, metadata: Mapping[str, Any]) -> None:
    stated = metadata.get("dataset") or {}
    for fact in DATASET_FACTS:
        if (
            fact in items.dataset
            and stated.get(fact, items.dataset[fact] if fact == "eligible" else None) != items.dataset[fact]
        ):
            raise OtherRunError(
                f"results.configs.{task}.metadata.dataset.{fact}",
                f"is {str(stated.get(fact))[:80]!r}, and the installed bank's is {items.dataset[fact]!r}",
            )


def _check_document(where: str, sent: Mapping[str, Any], doc: Mapping[str, Any]) -> None:
    known = json.loads(json.dumps(doc))
    for key in dict.fromkeys((*DOCUMENT_FACTS, *sent)):
        # A null stands for what an item lacks and others of its data set have. Risk has a rule of its own, below.
        if key != "risk" and sent.get(key) != known.get(key):
            raise OtherRunError(where, f"{key[:60]} of {doc['id']!r} is not the bank's")
    # Left out where a card forbids to show the document: such an item counts as one of risk.
    if sent.get("risk") is not None and bool(sent["risk"]) != bool(doc.get("risk", False)):
        raise OtherRunError(where, f"risk of {doc['id']!r} is {sent['risk']!r}, and the bank says {doc.get('risk', False)!r}")


def _check_prompts(where: str, arguments: Any, requests: list[list[Mapping[str, str]]], doc: Mapping[str, Any]) -> None:
    """Each stored prompt holds the messages of its request, whatever a chat template put around them."""
    if not arguments:
        return  # left out where a card forbids to show it
    prompts = [_plain(_strings(arguments[name])) for name in sorted(arguments, key=lambda name: (len(name), name))]
    if len(prompts) != len(requests):
        raise OtherRunError(where, f"{doc['id']!r} has {len(prompts)} prompts, and the task asks {len(requests)}")
    for prompt, messages in zip(prompts, requests, strict=True):
        if any(_plain([message["content"]]) not in prompt for message in messages):
            raise OtherRunError(where, f"a prompt of {doc['id']!r} is not what the task asks")


def _strings(value: Any) -> list[str]:
    """All texts in a prompt: itself, or the messages of a chat that is stored as JSON."""
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in _strings(part)]
    if not isinstance(value, str):
        return []
    try:
        chat = parsed(value)
    except ForeignJsonError:
        return [value]
    return _strings(chat) if isinstance(chat, list) else [value]


def _plain(texts: list[str]) -> str:
    """The texts with single blanks, since templates trim and break them."""
    return " ".join(" ".join(texts).split())


def _check_measured(where: str, sample: Mapping[str, Any], plan: JudgingPlan, doc: Mapping[str, Any]) -> None:
    """What a verdict holds that no judge was asked for is measured anew, from the stored text."""
    replies, verdicts = [_first(replies) for replies in sample["resps"]], sample["filtered_resps"]
    if len(replies) != len(verdicts):
        raise OtherRunError(where, f"{doc['id']!r} has {len(replies)} answers and {len(verdicts)} verdicts")
    for reply, verdict in zip(replies, verdicts, strict=True):
        try:
            stated = (json.loads(verdict) if isinstance(verdict, str) else verdict)["measured"]
            same = plan.measured is not None and _same(stated, json.loads(json.dumps(plan.measured(doc, str(reply)))))
        except Exception as error:  # what a foreign answer makes of a task's code is not known beforehand
            raise OtherRunError(where, f"{doc['id']!r} cannot be measured anew ({type(error).__name__})") from error
        if not same:
            raise OtherRunError(where, f"{doc['id']!r}: what its verdict says was measured does not follow from its answer")


def _check_metrics(where: str, sample: Mapping[str, Any], process: Any, doc: Mapping[str, Any], *, judged: bool) -> None:
    answers = sample["filtered_resps"] if judged else [_first(replies) for replies in sample["resps"]]
    try:
        computed = process(doc, [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers])
    except Exception as error:  # what a foreign answer makes of a task's code is not known beforehand
        raise OtherRunError(where, f"the task cannot score the answers to {doc['id']!r} ({type(error).__name__})") from error
    stated = {name: sample.get(name) for name in sample["metrics"]}
    if stated.keys() != computed.keys():
        other = sorted(stated.keys() ^ computed.keys())[0]
        raise OtherRunError(where, f"{doc['id']!r}: {other[:60]!r} does not follow from the answers")
    for name, value in computed.items():
        if not _same(stated[name], value):
            raise OtherRunError(where, f"{doc['id']!r}: {name} is {str(stated[name])[:60]}, and its answers give {value}")


def _first(replies: Any) -> Any:
    return replies[0] if isinstance(replies, list) and replies else replies


def _same(stated: Any, computed: Any) -> bool:
    if isinstance(computed, Mapping):
        return (
            isinstance(stated, Mapping)
            and stated.keys() == computed.keys()
            and all(_same(stated[key], value) for key, value in computed.items())
        )
    if isinstance(computed, list):
        return (
            isinstance(stated, list)
            and len(stated) == len(computed)
            and all(_same(left, right) for left, right in zip(stated, computed, strict=True))
        )
    if isinstance(computed, int | float) and isinstance(stated, int | float):
        both_nan = math.isnan(computed) and math.isnan(stated)
        return both_nan or math.isclose(computed, stated, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(stated == computed)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="\n") as lines:
        yield from (json.loads(line) for line in lines)


def answer(order: str) -> events.Event:
    """The answer to an order: how many samples were recomputed, or what differs."""
    folder = Path(json.loads(order)["folder"])
    try:
        return events.Recomputed(samples=check(folder))
    except OtherRunError as error:
        return events.Refused(error="RefusedError", field=error.field, rule="recomputed", message=str(error))
    except CounselError as error:
        message = f"body: its items cannot be compared with the bank here ({error})."
        return events.Refused(error="RefusedError", field="body", rule="bank", message=message.replace(f"{folder}/", ""))


if __name__ == "__main__":
    events.send(answer(sys.stdin.read()))
