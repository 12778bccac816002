"""Read one run folder: lm-eval's own output files, with our `request.json` or, when lm-eval was run by hand, without."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from counsel_leaderboard.leaderboard.runs import self_report as report_file
from counsel_leaderboard.leaderboard.runs.files import (
    RUN_AGAIN,
    ResultsError,
    decode_json,
    decode_text,
    first_problem,
    read_bytes,
    sha256,
)
from counsel_leaderboard.leaderboard.runs.lm_eval_output import JudgeRecord, Results, Sample, TaskConfig, TaskMetadata
from counsel_leaderboard.leaderboard.runs.self_report import Report
from counsel_leaderboard.leaderboard.runs.task_facts import facts
from counsel_leaderboard.leaderboard.specs.run_request import FILE_NAME, RequestError, RunRequest
from counsel_leaderboard.registry.common.hashing import short_hash

Read = TypeVar("Read", bound=BaseModel)

GENERATION_FILE = "generation.json"
"""What the generation cost and which requests failed, kept with the run as it is; a plain lm_eval run has none."""


@dataclass(frozen=True)
class TaskRun:
    """One task of a run: what lm-eval reported of it, and its samples in document order.

    `documents` is how many the task has without a limit; `reported` maps a metric to its value, None for NaN. `stated`: the
    metadata as the results hold it; `metadata`: with the facts of the installed manifest where both are of one version.
    """

    name: str
    config: TaskConfig
    reported: dict[str, float | None]
    higher_is_better: dict[str, bool]
    documents: int
    asked: int
    file: Path
    samples: list[Sample]
    stated: TaskMetadata

    @property
    def metadata(self) -> TaskMetadata:
        """The task's metadata that is valid for this run."""
        return self.config.metadata


@dataclass(frozen=True)
class RunFolder:
    """A folder whose files could all be read; `request` is None for a run that was not requested from this installation.

    `report` is the statement of such a run's author, where a server accepted it.
    `sources` and `digests` map each file's name to its path and to the SHA-256 of the bytes that were read.
    """

    results_file: Path
    sources: dict[str, Path]
    digests: dict[str, str]
    request: RunRequest | None
    results: Results
    tasks: tuple[TaskRun, ...]
    report: Report | None = None

    @property
    def judge(self) -> JudgeRecord | None:
        """Who judged, as the tasks say; None where no task was judged."""
        return next((task.metadata.judge for task in self.tasks if task.metadata.judge), None)

    @property
    def run_id(self) -> str:
        """First 16 hex digits of the SHA-256 over the canonical JSON of the request and of the files' names and digests."""
        request = self.request.record() if self.request else None
        return short_hash({"request": request, "files": sorted([name, digest] for name, digest in self.digests.items())})


def read(folder: Path, inspect: Callable[[Path, str], None] = lambda file, text: None) -> RunFolder:
    """The run in `folder`, or in its subfolder, where lm-eval writes it.

    inspect: gets each file and its text as it is read, and may refuse it with an error of its own. Raises ResultsError or
    RequestError, naming the file, the rule and the next step.
    """
    return _Reader(inspect).read(folder)


class _Reader:
    """Reads each file once and keeps the digest of what it read."""

    def __init__(self, inspect: Callable[[Path, str], None]) -> None:
        self.inspect = inspect
        self.sources: dict[str, Path] = {}
        self.digests: dict[str, str] = {}

    def read(self, folder: Path) -> RunFolder:
        results_file = _results_file(folder)
        results = _parse(Results, decode_json(self._text(results_file), str(results_file)), results_file)
        request_file = _request_file(folder, results_file)
        request = self._request(request_file) if request_file else None
        generation_file = results_file.with_name(GENERATION_FILE)
        if generation_file.is_file():
            decode_json(self._text(generation_file), str(generation_file))
        report = self._report(results_file.with_name(report_file.FILE_NAME), request)
        tasks = tuple(self._task(results_file, results, name) for name in sorted(results.configs))
        return RunFolder(results_file, self.sources, self.digests, request, results, tasks, report)

    def _text(self, file: Path) -> str:
        raw = read_bytes(file)
        self.sources[file.name], self.digests[file.name] = file, sha256(raw)
        text = decode_text(raw, file)
        self.inspect(file, text)
        return text

    def _request(self, file: Path) -> RunRequest:
        value = decode_json(self._text(file), str(file))
        try:
            request = RunRequest.model_validate(value)
            request.text()
        except ValueError as error:
            problem = first_problem(error)
            raise RequestError(f"{file}: is not a request ({problem}). Write it with `counsel eval`, or remove it.") from error
        return request

    def _report(self, file: Path, request: RunRequest | None) -> Report | None:
        if not file.is_file():
            return None
        if request is not None:
            raise ResultsError(f"{file}: a run that was asked for by request.json is not self-reported. Keep one of the two.")
        return _parse(Report, decode_json(self._text(file), str(file)), file, "a self-reported run's report")

    def _task(self, results_file: Path, results: Results, name: str) -> TaskRun:
        if name not in results.results or name not in results.n_samples:
            raise ResultsError(
                f"{results_file}: task {name} has a config but no results or no n-samples. To fix it, {RUN_AGAIN}."
            )
        file = results_file.with_name(results_file.name.replace("results_", f"samples_{name}_", 1)).with_suffix(".jsonl")
        if not file.is_file():
            raise ResultsError(f"{file}: the samples of task {name} are missing. To fix it, {RUN_AGAIN}.")
        samples = list(_samples(self._text(file), file))
        reported, filters = _reported(results.results[name])
        _check_single_filter(file, filters | {sample.filter for sample in samples})
        better = results.higher_is_better.get(name, {})
        config = results.configs[name].model_copy(update={"metadata": facts(name, results.configs[name].metadata)})
        return TaskRun(
            name=name,
            config=config,
            reported=reported,
            higher_is_better={metric: direction is not False for metric, direction in better.items()},
            documents=results.n_samples[name].original,
            asked=results.n_samples[name].effective,
            file=file,
            samples=samples,
            stated=results.configs[name].metadata,
        )


def _results_file(folder: Path) -> Path:
    if not folder.is_dir():
        raise ResultsError(f"{folder}: there is no such folder. Give the folder that lm_eval's --output_path named.")
    files = sorted(folder.glob("results_*.json")) or sorted(folder.glob("*/results_*.json"))
    if not files:
        raise ResultsError(f"{folder}: holds no results_*.json, which lm-eval writes when a run ends. To fix it, {RUN_AGAIN}.")
    if len(files) > 1:
        names = ", ".join(str(file.relative_to(folder)) for file in files)
        raise ResultsError(
            f"{folder}: holds {len(files)} runs ({names}); one is stored at a time. Give each a folder of its own."
        )
    return files[0]


def _request_file(folder: Path, results_file: Path) -> Path | None:
    directories = dict.fromkeys((folder, results_file.parent))
    files = [directory / FILE_NAME for directory in directories if (directory / FILE_NAME).is_file()]
    if len(files) > 1:
        raise ResultsError(f"{files[0]}: {files[1]} is a request too. Keep the one that belongs to this run.")
    return files[0] if files else None


def _reported(row: dict[str, Any]) -> tuple[dict[str, float | None], set[str]]:
    """Values by metric, and the filters' names, from keys such as "stigma,none"; standard errors are left out."""
    reported: dict[str, float | None] = {}
    filters = set()
    for key, value in row.items():
        metric, comma, filter_name = key.partition(",")
        if comma and not metric.endswith("_stderr") and isinstance(value, int | float):
            reported[metric] = finite(value)
            filters.add(filter_name)
    return reported, filters


def finite(value: float) -> float | None:
    """A finite number, else None: lm-eval writes NaN for a metric without items."""
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def _check_single_filter(file: Path, filters: set[str]) -> None:
    if len(filters) > 1:
        names = ", ".join(sorted(filters))
        raise ResultsError(
            f"{file}: answers went through several filters ({names}); a counsel task has one. To fix it, {RUN_AGAIN}."
        )


def _samples(text: str, file: Path) -> Iterator[Sample]:
    # Split only at newlines: replies may contain U+2028, which str.splitlines takes for a line end.
    lines = text.split("\n")
    if lines.pop() != "":
        raise ResultsError(
            f"{file}: line {len(lines) + 1} is cut off: the file does not end in a newline. To fix it, {RUN_AGAIN}."
        )
    for number, line in enumerate(lines, start=1):
        where = f"{file}: line {number}"
        yield _parse(Sample, decode_json(line, where), where, "an lm-eval sample of a counsel task")


def _parse(
    kind: type[Read], value: Any, where: Path | str, what: str = "the results of an lm-eval run of counsel tasks"
) -> Read:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise ResultsError(f"{where}: is not {what} ({first_problem(error)}). To fix it, {RUN_AGAIN}.") from error
