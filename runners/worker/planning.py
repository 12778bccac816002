"""From a claimed request to an evaluation, and from an error to the reason that the queue stores."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.runs.files import first_problem
from counsel_leaderboard.leaderboard.specs.evaluation_spec import EvaluationSpec, WorkerEngine
from counsel_leaderboard.leaderboard.specs.run_request import Model
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import LOG_CHARACTERS, Reason
from counsel_leaderboard.registry.common.credentials import redacted
from counsel_leaderboard.registry.common.errors import CounselError, DataError
from counsel_leaderboard.registry.manifests import UnknownTaskError, select
from counsel_leaderboard.runners.engines import EngineSpec, Vllm
from counsel_leaderboard.runners.engines.vllm.build import build, usable
from counsel_leaderboard.runners.engines.vllm.engine import devices_of
from counsel_leaderboard.runners.errors import EngineStartError, RunError, UnknownModelError, WeightsError
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.harness.quoting import without_quotes
from counsel_leaderboard.runners.judging.judge_run import JudgeError, JudgeSource
from counsel_leaderboard.runners.models import resolve

SAME_RELEASE = "Install the server's release of this project on the worker."


class ReleaseError(RunError):
    """The server is of another release: it asks for another version of a task, or in a form that is not known here."""

    reason = "harness_failed"


def available_engines() -> tuple[WorkerEngine, ...]:
    """The kinds of engine that can run on this machine: vllm needs a good version, and a GPU for all but its CPU build."""
    kinds: list[WorkerEngine] = ["control"]
    if find_spec("xllamacpp") is not None:
        kinds.append("llama_cpp")
    try:
        devices = devices_of(usable(build()))
    except EngineStartError:
        return tuple(kinds)
    return (*kinds, "vllm") if devices else tuple(kinds)


def engine_of(request: Mapping[str, Any]) -> EngineSpec:
    """The engine for a claimed request. Raises EngineStartError, UnknownModelError, WeightsError."""
    if request["engine"] != "vllm":
        return resolve(request["model"])
    model = Model(
        name=request["model"], revision=request["revision"], parameters=request["parameters"], licence=request["licence"]
    )
    return Vllm.sized(model, request["dtype"], request["chat"])


def evaluation_of(work: Mapping[str, Any], folder: Path, judge: JudgeSource | None) -> Evaluation:
    """The evaluation that a claimed request asks for, in a folder of its own.

    Raises as `engine_of`, JudgeError where this worker has another judge, ReleaseError where the server is of another release.
    """
    spec = _spec(work)
    tasks = select(list(spec.tasks))
    for task in tasks:
        if task.version != spec.tasks[task.name]:
            raise ReleaseError(
                f"task {task.name} has version {task.version} here, and {spec.tasks[task.name]} was asked for. {SAME_RELEASE}"
            )
    required_judge = _required_judge(spec, judge)
    return Evaluation(spec, engine_of(work["request"]), tasks, folder, required_judge)


def _spec(work: Mapping[str, Any]) -> EvaluationSpec:
    """What is asked, as the server said it. Raises ReleaseError where it is not one, or has another id here."""
    try:
        spec = EvaluationSpec.model_validate(work.get("spec"))
    except ValidationError as error:
        raise ReleaseError(f"what the server asks cannot be read here ({first_problem(error)}). {SAME_RELEASE}") from error
    if spec.spec_id != work["request"]["spec_id"]:
        raise ReleaseError(f"what the server asks as {work['request']['spec_id']} is {spec.spec_id} here. {SAME_RELEASE}")
    return spec


def _required_judge(spec: EvaluationSpec, judge: JudgeSource | None) -> JudgeSource | None:
    """This worker's judge where the request wants one and this is it, None where it wants none. Raises JudgeError."""
    required = spec.judge, spec.judge_revision
    if required[0] is None:
        return None
    if judge is None or (judge.model, judge.revision) != required:
        offered = (judge.model, judge.revision) if judge else "none"
        raise JudgeError(f"the request wants the judge {required}, and this worker has {offered}. Set COUNSEL_JUDGE_REVISION.")
    return judge


def reason_of(error: CounselError) -> Reason:
    """The reason code of an error that ended an attempt."""
    match error:
        case UnknownModelError() | UnknownTaskError():
            return "model_unknown"
        case WeightsError():
            return "engine_start"
        case DataError():
            return "data_unavailable"
        case RunError():
            reason: Reason = error.reason  # type: ignore[assignment]
            return reason
    return "harness_failed"


def told(error: CounselError, secrets: Mapping[str, str], *, quotes: bool) -> str:
    """The message as it may leave this machine: without configured secrets and without this user's folders.

    quotes: whether what servers and logs said may stand in it; they may have repeated a prompt.
    """
    text = str(error) if quotes else without_quotes(str(error))
    return redacted(text, secrets).replace(str(Path.home()), "~")[-LOG_CHARACTERS:]
