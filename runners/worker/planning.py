"""From a claimed request to an evaluation, and from an error to the reason code that the queue stores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.runs.files import first_problem
from counsel_leaderboard.leaderboard.specs.evaluation_spec import EvaluationSpec, WorkerEngine
from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import LOG_CHARACTERS, FailureReason
from counsel_leaderboard.registry.common.credentials import redacted
from counsel_leaderboard.registry.common.errors import CounselError, DataError
from counsel_leaderboard.registry.manifests import UnknownTaskError, select
from counsel_leaderboard.runners.engines import EngineSpec, Vllm
from counsel_leaderboard.runners.engines.vllm.build import build, require_usable
from counsel_leaderboard.runners.engines.vllm.server import devices_of
from counsel_leaderboard.runners.errors import EngineStartError, RunError, UnknownModelError, WeightsError
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.harness.quoting import without_quotes
from counsel_leaderboard.runners.judging.judge_run import JudgeSource, JudgingError
from counsel_leaderboard.runners.models import resolve

SAME_RELEASE = "Install the server's release of this project on the worker."


class ReleaseError(RunError):
    """The server has another release: its request names another task version, or has a form that cannot be read here."""

    reason = "harness_failed"


def available_engines() -> tuple[WorkerEngine, ...]:
    """The engines that this machine can run: vllm needs a version without known flaws, and a GPU unless it is a CPU build."""
    kinds: list[WorkerEngine] = ["control"]
    if find_spec("xllamacpp") is not None:
        kinds.append("llama_cpp")
    try:
        devices = devices_of(require_usable(build()))
    except EngineStartError:
        return tuple(kinds)
    return (*kinds, "vllm") if devices else tuple(kinds)


def engine_of(request: Mapping[str, Any]) -> EngineSpec:
    """The engine for a claimed request. Raises EngineStartError, UnknownModelError, WeightsError."""
    if request["engine"] != "vllm":
        return resolve(request["model"])
    model = ModelSpec(
        name=request["model"], revision=request["revision"], parameters=request["parameters"], licence=request["licence"]
    )
    return Vllm.sized(model, request["dtype"], request["chat"])


def evaluation_of(
    work: Mapping[str, Any],
    folder: Path,
    judge: JudgeSource | None,
    engine_of: Callable[[Mapping[str, Any]], EngineSpec] = engine_of,
) -> Evaluation:
    """The evaluation that a claimed request describes; its files go below `folder`.

    Raises what `engine_of` raises, JudgingError if this worker has another judge, and ReleaseError if the server has another
    release.
    """
    spec = _spec(work)
    tasks = select(list(spec.tasks))
    for task in tasks:
        if task.version != spec.tasks[task.name]:
            raise ReleaseError(
                f"task {task.name} has version {task.version} here, and the request needs {spec.tasks[task.name]}."
                f" {SAME_RELEASE}"
            )
    required_judge = _required_judge(spec, judge)
    return Evaluation(spec, engine_of(work["request"]), tasks, folder, required_judge)


def _spec(work: Mapping[str, Any]) -> EvaluationSpec:
    """The server's spec of the evaluation. Raises ReleaseError if it is invalid, or has another id in this release."""
    try:
        spec = EvaluationSpec.model_validate(work.get("spec"))
    except ValidationError as error:
        raise ReleaseError(
            f"the server's request cannot be read by this release ({first_problem(error)}). {SAME_RELEASE}"
        ) from error
    if spec.spec_id != work["request"]["spec_id"]:
        raise ReleaseError(
            f"the server's request {work['request']['spec_id']} has the id {spec.spec_id} in this release. {SAME_RELEASE}"
        )
    return spec


def _required_judge(spec: EvaluationSpec, judge: JudgeSource | None) -> JudgeSource | None:
    """This worker's judge if the request needs it, None if it needs no judge. Raises JudgingError if it needs another."""
    required = spec.judge, spec.judge_revision
    if required[0] is None:
        return None
    if judge is None or (judge.model, judge.revision) != required:
        offered = (judge.model, judge.revision) if judge else "none"
        raise JudgingError(
            f"the request needs the judge {required}, but this worker has {offered}. Set COUNSEL_JUDGE_REVISION."
        )
    return judge


def reason_of(error: CounselError) -> FailureReason:
    """The reason code of an error that ended an attempt."""
    match error:
        case UnknownModelError() | UnknownTaskError():
            return "model_unknown"
        case WeightsError():
            return "engine_start"
        case DataError():
            return "data_unavailable"
        case RunError():
            reason: FailureReason = error.reason  # type: ignore[assignment]
            return reason
    return "harness_failed"


def shareable_message(error: CounselError, secrets: Mapping[str, str], *, quotes: bool) -> str:
    """The error's message without configured secrets and without this user's home folder, so that it may leave this machine.

    quotes: whether it may quote servers and logs, which may have repeated a prompt.
    """
    text = str(error) if quotes else without_quotes(str(error))
    return redacted(text, secrets).replace(str(Path.home()), "~")[-LOG_CHARACTERS:]
