"""Judging a stored run: its samples and results are rewritten in place, in lm-eval's own format."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lm_eval.evaluator_utils import _compute_task_aggregations
from lm_eval.tasks._yaml_loader import load_yaml
from lm_eval.utils import handle_non_serializable

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.manifests import TaskInfo, catalog
from counsel_leaderboard.tasks.common.metrics import metric_list
from counsel_leaderboard.tasks.judge.judging import FILTER, JudgeFilter
from counsel_leaderboard.tasks.judge.settings import HOW, JudgeEndpoint, JudgeError, from_environment


@dataclass(frozen=True)
class Judged:
    """The outcome of judging one task of a run: calls, calls without a verdict, new headline value (None: no item has one)."""

    task: str
    calls: int
    without_verdict: int
    headline: str
    value: float | None


@dataclass(frozen=True)
class LoadedTask:
    """A judged task and its YAML with the functions it names."""

    info: TaskInfo
    config: Mapping[str, Any]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """lm-eval's `metric_list`."""
        return metric_list(self.info.name, self.info.manifest, self.config.get("aggregations", {}))


def rejudge(folder: Path) -> list[Judged]:
    """Judge every judged task of the run in `folder` with the judge that the environment sets.

    Everything is computed before anything is written. Raises JudgeError and leaves the folder unchanged if no judge is set, the
    folder holds no such run, its tasks have another version, or the judge was never reached.
    """
    judge = from_environment()
    if judge is None:
        raise JudgeError(f"judging needs a judge, and COUNSEL_JUDGE is `none`. {HOW}.")
    path = results_file(folder)
    results = read_json(path)
    names = [name for name, config in results["configs"].items() if config["metadata"].get("judged")]
    if not names:
        raise JudgeError(f"{path}: no task of this run is scored by a judge; there is nothing to do.")
    # Load all of them before the first call, so that no paid verdict is lost.
    judgeable = {name: (loaded_task(name, results), samples_file(path, name)) for name in names}
    done, files = [], {}
    for task, samples_path in judgeable.values():
        samples, summary = judge_task(task, results, read_lines(samples_path), judge)
        done.append(summary)
        files[samples_path] = "".join(dumped(sample) + "\n" for sample in samples)
    # Write the results last, so that a reader of the results always finds samples that match.
    for target, text in {**files, path: dumped(results, indent=2)}.items():
        atomic.write(target, text)
    return done


def judge_task(
    task: LoadedTask, results: dict[str, Any], samples: Sequence[dict[str, Any]], judge: JudgeEndpoint
) -> tuple[list[dict[str, Any]], Judged]:
    """New sample lines of one task; its entries in `results` are updated in place."""
    name = task.info.name
    judging = JudgeFilter(name, task.config["judging"], judge)
    verdicts = iter(judged(judging, samples))
    lines = [rescored(sample, [next(verdicts) for _ in sample["resps"]], task.config["process_results"]) for sample in samples]
    record = judging.record or {}
    if record["calls"] and record["unreached"] == record["calls"]:
        raise JudgeError(f"{name}: the judge at {judge.host} {why(record, judging.messages)}")
    row = aggregates(name, results, lines, task.metrics)
    results["configs"][name]["metadata"]["judge"] = record
    headline = task.info.manifest.headline
    without_verdict = record["unread"] + record["unreached"]
    return lines, Judged(name, record["calls"], without_verdict, headline, row.get(f"{headline},{FILTER}"))


def why(record: Mapping[str, Any], messages: Mapping[str, str]) -> str:
    """Why no call was answered: the most frequent reason, with the judge's own words where there are some."""
    reason = next(iter(record["lost"]), "")
    if reason.startswith("connection failed"):
        return f"could not be reached; nothing was changed. Is it running? ({reason})"
    return f"answered no call; nothing was changed. The reason: {reason}{': ' + messages[reason] if reason in messages else ''}"


def loaded_task(name: str, results: Mapping[str, Any]) -> LoadedTask:
    """The installed task with its functions; its version must be that of the run."""
    info = catalog().get(name)
    if info is None:
        raise JudgeError(f"{name}: this installation has no such task; judge the run with the version that made it.")
    version = str(results["configs"][name]["metadata"].get("version"))
    if info.version != version:
        raise JudgeError(f"{name}: the run was made with version {version}, here is {info.version}; evaluate the model again.")
    return LoadedTask(info, load_yaml(info.file))


def judged(judging: JudgeFilter, samples: Sequence[Mapping[str, Any]]) -> list[str]:
    """Verdicts for all answers of a task's samples, in order."""
    pairs = [(response[0], sample["doc"]) for sample in samples for response in sample["resps"]]
    try:
        return judging.verdicts([answer for answer, _ in pairs], [doc for _, doc in pairs])
    except KeyError as error:
        raise JudgeError(
            f"{judging.task}: the samples lack {error}, which the judge has to see; what was uploaded may have been stripped. "
            "Judge the run where it was made."
        ) from error


def rescored(sample: Mapping[str, Any], verdicts: list[str], process_results: Any) -> dict[str, Any]:
    """The sample line with new verdicts and the metrics that follow from them."""
    metrics = process_results(sample["doc"], verdicts)
    other_fields = {key: value for key, value in sample.items() if key not in sample["metrics"]}
    return {**other_fields, "filtered_resps": verdicts, "filter": FILTER, "metrics": list(metrics), **metrics}


def aggregates(
    name: str, results: dict[str, Any], lines: Sequence[Mapping[str, Any]], metrics: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The task's row of results, computed by lm-eval with the task's own aggregations and stored in `results`."""
    values: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for line in lines:
        for metric in line["metrics"]:
            values[(metric, FILTER)].append(line[metric])
    task = SimpleNamespace(task_name=name, aggregation=lambda: {metric["metric"]: metric["aggregation"] for metric in metrics})
    row, count = _compute_task_aggregations(task, values, results["config"].get("bootstrap_iters"))
    other_fields = {key: value for key, value in results["results"][name].items() if "," not in key}
    results["results"][name] = {**other_fields, "sample_len": count, **row}
    results["n-samples"][name]["effective"] = count
    return dict(row)


def results_file(folder: Path) -> Path:
    """The run's only results file, in the folder or directly below it, as lm-eval writes it."""
    files = sorted(folder.glob("results_*.json")) or sorted(folder.glob("*/results_*.json"))
    if len(files) != 1:
        raise JudgeError(
            f"{folder}: holds {len(files)} files results_*.json; give the folder of one lm-eval run (--output_path)."
        )
    return files[0]


def samples_file(results: Path, task: str) -> Path:
    """The samples file that belongs to a results file; both names have the same date."""
    path = results.with_name(f"samples_{task}_{results.stem.removeprefix('results_')}.jsonl")
    if not path.is_file():
        raise JudgeError(f"{path}: is missing; a run can be judged later only if it was made with --log_samples.")
    return path


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise JudgeError(f"{path}: is not JSON ({error}); the run cannot be judged.") from error
    return dict(content)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a JSON Lines file, split at newlines only because replies may contain other line ends."""
    lines = path.read_text(encoding="utf-8").split("\n")
    try:
        return [json.loads(line) for line in lines if line]
    except ValueError as error:
        raise JudgeError(f"{path}: holds a line that is not JSON ({error}); the run cannot be judged.") from error


def dumped(value: Any, indent: int | None = None) -> str:
    """JSON as lm-eval writes it."""
    return json.dumps(value, indent=indent, default=handle_non_serializable, ensure_ascii=False)
