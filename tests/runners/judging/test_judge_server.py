"""A judge served on the candidate's own GPU: never both at once, and nothing generated is lost where it does not start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, JudgeSpec, ModelSpec
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.leaderboard.submissions.hub import HubModel
from counsel_leaderboard.registry.manifests import select
from counsel_leaderboard.runners.engines import ControlEngine, EngineSpec, Served
from counsel_leaderboard.runners.errors import EngineDiedError, EngineStartError, UnknownModelError
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, JudgingError, judge_run
from counsel_leaderboard.runners.judging.judge_server import ServedJudge, judge_of
from counsel_leaderboard.runners.models import demo_model
from counsel_leaderboard.runners.progress import progress_display
from counsel_leaderboard.runners.run_and_store import run_and_store

MODEL = ModelSpec(name="org/judge", revision="b" * 40, parameters=1)


@dataclass
class Gpu:
    """Holds one engine at a time."""

    holds: str | None = None
    held: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class OnGpu:
    """An engine that needs the whole GPU. `seen` is called once it is up; `fault` is raised before or after that."""

    spec: EngineSpec
    gpu: Gpu
    before: Exception | None = None
    after: Exception | None = None

    @property
    def role(self) -> str:
        return self.spec.role

    @property
    def model(self) -> ModelSpec:
        return self.spec.model

    def describe(self) -> EngineRecord:
        return self.spec.describe()

    @contextmanager
    def serve(self) -> Iterator[Served]:
        if self.before:
            raise self.before
        assert self.gpu.holds is None, f"{self.model.name} while {self.gpu.holds} is up"
        self.gpu.holds = self.model.name
        self.gpu.held.append(self.model.name)
        try:
            with self.spec.serve() as up:
                yield up
        finally:
            self.gpu.holds = None


@dataclass(frozen=True)
class Nothing:
    """An engine whose server nobody asks."""

    check: Callable[[], None] = lambda: None
    model: ModelSpec = MODEL
    role: str = "candidate"

    def describe(self) -> EngineRecord:
        return EngineRecord(kind="vllm")

    @contextmanager
    def serve(self) -> Iterator[Served]:
        yield Served("http://127.0.0.1:9/v1", MODEL.name, parallel=5, check=self.check)


def test_a_served_judge_gives_its_address_and_its_revision_as_served() -> None:
    gpu = Gpu()
    judge = ServedJudge(MODEL, lambda model: OnGpu(Nothing(model=model), gpu))
    with judge.serving() as address:
        assert address == JudgeAddress("http://127.0.0.1:9/v1", "org/judge", "b" * 40, 5, "127.0.0.1", 600)
        assert gpu.holds == "org/judge"
    assert gpu.holds is None
    assert judge.record() == JudgeSpec(model="org/judge", url_host="127.0.0.1", revision="b" * 40)


def test_line_ends_around_the_judge_of_the_environment_are_not_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_JUDGE_URL", " http://127.0.0.1:8000/v1\n")
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "judge-1\r\n")
    assert JudgeAddress.from_environment() == JudgeAddress("http://127.0.0.1:8000/v1", "judge-1")
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "\n")
    assert JudgeAddress.from_environment() is None


def test_a_judge_that_does_not_start_is_a_judge_out_of_reach() -> None:
    judge = ServedJudge(MODEL, lambda _: OnGpu(Nothing(), Gpu(), before=EngineStartError("CUDA out of memory")))
    with (
        pytest.raises(JudgingError, match=r"org/judge could not be served here: CUDA out of memory") as caught,
        judge.serving(),
    ):
        pass
    assert caught.value.reason == "judge_unreachable"


def test_verdicts_of_a_judge_that_died_meanwhile_do_not_count(tmp_path: Path) -> None:
    def gone() -> None:
        raise EngineDiedError("it went away")

    judge = ServedJudge(MODEL, lambda _: Nothing(gone))
    with pytest.raises(JudgingError, match="it went away"), judge.serving():
        pass


def test_the_engine_is_stopped_when_judging_ends_badly(tmp_path: Path) -> None:
    """A folder without a run: the judging child ends with an error, and the GPU is free again."""
    gpu = Gpu()
    with pytest.raises(JudgingError, match="exit code"):
        judge_run(tmp_path, ServedJudge(MODEL, lambda _: OnGpu(Nothing(), gpu)))
    assert (gpu.holds, gpu.held) == (None, ["org/judge"])


@pytest.mark.parametrize("name", ["control/template", "nowhere", "some/where/else", "missing/weights.gguf"])
def test_what_cannot_judge_is_refused(name: str) -> None:
    with pytest.raises(UnknownModelError):
        judge_of(name)


def test_a_judge_of_the_hub_is_pinned_before_anything_runs() -> None:
    model = HubModel("org/judge", "b" * 40, 1, 2, "mit", None, True)
    judge = judge_of("org/judge", inspect=lambda name, revision, token: model)
    assert (judge.model, judge.revision, judge.served.parameters) == ("org/judge", "b" * 40, 1)


@pytest.mark.slow
def test_one_gpu_serves_candidate_and_judge_in_turn(home: Path) -> None:
    """The whole way: everything is answered and stored, then another engine judges it, and the run names what it served."""
    gpu, weights = Gpu(), demo_model()
    judge = ServedJudge(weights.model, lambda _: OnGpu(weights, gpu))
    spec = OnGpu(ControlEngine("template"), gpu)
    evaluation = Evaluation.of(spec, select(["counsel_psyllm"]), home, limit=2, judge=judge)
    with progress_display() as board:
        report = run_and_store(evaluation, board)
    assert gpu.held == ["control/template", "SmolLM2-135M-Instruct"]
    with Store.open(home) as store, store.reading() as cursor:
        rows = frame(cursor, "SELECT judge, judge_revision, judge_host FROM runs WHERE run_id = $id", {"id": report.run_id})
    assert rows.rows() == [("SmolLM2-135M-Instruct", weights.model.revision, "127.0.0.1")]


@pytest.mark.slow
def test_answers_are_stored_before_a_judge_is_started(home: Path) -> None:
    failing = ServedJudge(MODEL, lambda _: OnGpu(Nothing(), Gpu(), before=EngineStartError("no memory left")))
    evaluation = Evaluation.of(ControlEngine("template"), select(["counsel_psyllm"]), home, limit=2, judge=failing)
    with progress_display() as board, pytest.raises(JudgingError, match="no memory left"):
        run_and_store(evaluation, board)
    assert list(evaluation.folder.glob("samples_counsel_psyllm_*.jsonl"))
