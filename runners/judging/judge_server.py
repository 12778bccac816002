"""A judge that one of our engines serves after the candidate's engine has stopped, so that one GPU is enough for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from counsel_leaderboard.leaderboard.specs.run_request import JudgeSpec, ModelSpec
from counsel_leaderboard.leaderboard.submissions import hub
from counsel_leaderboard.leaderboard.submissions.hub import HubModel
from counsel_leaderboard.registry.common.credentials import credential
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.runners.engines import EngineSpec, Vllm
from counsel_leaderboard.runners.errors import EngineDiedError, EngineStartError, UnknownModelError
from counsel_leaderboard.runners.judging.judge_run import SERVED_HERE_SECONDS, JudgeAddress, JudgeSource, JudgingError
from counsel_leaderboard.runners.models import START_SECONDS, resolve

LOOPBACK = "127.0.0.1"  # recorded without the port, which changes at each start


@dataclass(frozen=True)
class ServedJudge:
    """A model that is served while judging lasts.

    `served`: the model with its commit SHA or checksum, as runs record it. `engine` builds its engine when judging begins:
    earlier, the memory that the candidate still uses would not count as free.
    """

    served: ModelSpec
    engine: Callable[[ModelSpec], EngineSpec]

    @property
    def model(self) -> str:
        """The model's name."""
        return self.served.name

    @property
    def revision(self) -> str | None:
        """The model's commit SHA or checksum."""
        return self.served.revision

    def record(self) -> JudgeSpec:
        """The judge as a run records it."""
        return JudgeSpec(model=self.model, url_host=LOOPBACK, revision=self.revision)

    @contextmanager
    def serving(self) -> Iterator[JudgeAddress]:
        """Start the engine, yield its address, stop it. Raises JudgingError if it does not start, or dies while in use."""
        try:
            with self.engine(self.served).serve() as up:
                yield JudgeAddress(up.base_url, self.model, self.revision, up.parallel, LOOPBACK, SERVED_HERE_SECONDS)
                up.check()
        except (EngineStartError, EngineDiedError) as error:
            raise JudgingError(f"the judge {self.model} could not be served here: {error}") from error


def judge_of(
    name: str,
    revision: str | None = None,
    start_timeout: float = START_SECONDS,
    inspect: Callable[..., HubModel] = hub.inspect,
) -> ServedJudge:
    """The judge that --judge-model names: a model as `counsel eval` accepts it, or OWNER/NAME of the Hub, served by vLLM.

    revision: branch, tag or commit on the Hub. inspect: reads a model of the Hub.
    Raises UnknownModelError, WeightsError, HubError, HubUnavailableError.
    """
    try:
        spec = resolve(name, None, start_timeout)
    except UnknownModelError:
        if name.count("/") != 1 or name.startswith("control/") or name.endswith(".gguf"):
            raise
        return ServedJudge(
            _hub_model(inspect(name, revision or "main", token=credential("HF_TOKEN"))), lambda model: Vllm.sized(model)
        )
    if spec.role == "control":
        raise UnknownModelError(f"{name} is a scripted control and cannot judge. Name a model.")
    return ServedJudge(spec.model, lambda _: spec)


def _hub_model(info: HubModel) -> ModelSpec:
    return ModelSpec(name=info.name, revision=info.revision, parameters=info.parameters, licence=info.licence)


def chosen(name: str | None, revision: str | None, start_timeout: float = START_SECONDS) -> JudgeSource | None:
    """The judge for a command: from --judge-model, else from the environment, else None. Raises what `judge_of` raises."""
    if name is not None:
        return judge_of(name, revision, start_timeout)
    if revision is not None:
        raise CounselError("--judge-revision needs --judge-model; the revision of an endpoint is COUNSEL_JUDGE_REVISION.")
    return JudgeAddress.from_environment()
