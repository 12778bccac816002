"""A judge that one of our engines serves after the candidate's engine has stopped: one GPU for both, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from counsel_leaderboard.leaderboard.specs.run_request import Judge, Model
from counsel_leaderboard.leaderboard.submissions import hub
from counsel_leaderboard.registry.common.credentials import credential
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.runners.engines import EngineSpec, Vllm
from counsel_leaderboard.runners.errors import EngineDiedError, EngineStartError, UnknownModelError
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, JudgeError, JudgeSource
from counsel_leaderboard.runners.models import START_SECONDS, resolve

LOOPBACK = "127.0.0.1"  # its port is another at each start, and says nothing


@dataclass(frozen=True)
class ServedJudge:
    """A model that is served for as long as a judging takes.

    `served`: the model with its commit SHA or checksum, which is what runs record. `engine` makes its engine when the judging
    begins, since memory that the candidate still holds would not count as free.
    """

    served: Model
    engine: Callable[[Model], EngineSpec]

    @property
    def model(self) -> str:
        """Its name."""
        return self.served.name

    @property
    def revision(self) -> str | None:
        """Its commit SHA or checksum."""
        return self.served.revision

    def record(self) -> Judge:
        """As a run records it."""
        return Judge(model=self.model, url_host=LOOPBACK, revision=self.revision)

    @contextmanager
    def serving(self) -> Iterator[JudgeAddress]:
        """Start its engine, give the address, stop it. Raises JudgeError where it does not start or does not last."""
        try:
            with self.engine(self.served).serve() as up:
                yield JudgeAddress(up.base_url, self.model, self.revision, up.parallel, LOOPBACK)
                up.check()
        except (EngineStartError, EngineDiedError) as error:
            raise JudgeError(f"the judge {self.model} could not be served here: {error}") from error


def judge_of(name: str, revision: str | None = None, start_timeout: float = START_SECONDS) -> ServedJudge:
    """The judge that --judge-model names: what `counsel eval` takes, or OWNER/NAME of the Hub, which vLLM serves.

    revision: branch, tag or commit on the Hub. Raises UnknownModelError, WeightsError, HubError, HubUnavailableError.
    """
    try:
        spec = resolve(name, None, start_timeout)
    except UnknownModelError:
        if name.count("/") != 1 or name.startswith("control/") or name.endswith(".gguf"):
            raise
        return ServedJudge(_hub_model(name, revision), lambda model: Vllm.sized(model))
    if spec.role == "control":
        raise UnknownModelError(f"{name} is a script that reads nothing; it cannot judge. Name a model.")
    return ServedJudge(spec.model, lambda _: spec)


def _hub_model(name: str, revision: str | None) -> Model:
    info = hub.inspect(name, revision or "main", token=credential("HF_TOKEN"))
    return Model(name=info.name, revision=info.revision, parameters=info.parameters, licence=info.licence)


def chosen(name: str | None, revision: str | None, start_timeout: float = START_SECONDS) -> JudgeSource | None:
    """The judge of a command: --judge-model's, or the environment's, or None. Raises as `judge_of`."""
    if name is not None:
        return judge_of(name, revision, start_timeout)
    if revision is not None:
        raise CounselError("--judge-revision says nothing without --judge-model; an endpoint's is COUNSEL_JUDGE_REVISION.")
    return JudgeAddress.from_environment()
