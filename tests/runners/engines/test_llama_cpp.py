"""The real engine with the demo model: it starts, answers, keeps to its context, and its end is noticed."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.runners import weights
from counsel_leaderboard.runners.engines import LlamaCpp, Served
from counsel_leaderboard.runners.errors import EngineDiedError, WeightsError
from counsel_leaderboard.runners.evaluate import Evaluation
from counsel_leaderboard.runners.models import DEMO, resolve
from tests.support.processes import children_of, runs

pytestmark = pytest.mark.slow

USER_CACHE = paths.cache()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> LlamaCpp:
    """The demo model, its weights in the user's own cache: 98 MB are fetched once, not for every test."""
    monkeypatch.setenv("COUNSEL_CACHE", str(USER_CACHE))
    try:
        spec = resolve(DEMO)
    except WeightsError as error:
        pytest.skip(f"needs the demo model's weights: {error}")
    assert isinstance(spec, LlamaCpp)
    return spec


def servers() -> list[int]:
    """Process ids of the engines that this process runs now."""
    return children_of(os.getpid(), "counsel_leaderboard.runners.engines.llama_cpp.launcher")


@dataclass
class Kills:
    """Kills the engine, once, when it has answered three requests."""

    killed: bool = False

    def update(self, done: int, total: int | None, unit: str = "") -> None:
        """As in Reporter."""
        if done >= 3 and not self.killed:
            self.killed = True
            (pid,) = servers()
            os.kill(pid, signal.SIGKILL)


def chat(served: Served, text: str, tokens: int = 8) -> httpx.Response:
    body = {"model": served.model, "messages": [{"role": "user", "content": text}], "max_tokens": tokens, "temperature": 0}
    return httpx.post(served.chat_url, json=body, timeout=300, trust_env=False)


def test_starts_answers_and_stops(engine):
    with replace(engine, context=512, parallel=2).serve() as served:
        assert (served.context_length, served.parallel, served.model) == (512, 2, "SmolLM2-135M-Instruct")
        listed = httpx.get(f"{served.base_url}/models", trust_env=False).json()["data"]
        assert [entry["id"] for entry in listed] == [served.model]
        answer = chat(served, "Say hello.").json()
        assert answer["choices"][0]["message"]["content"].strip()
        assert answer["choices"][0]["finish_reason"] in ("stop", "length")
        assert 1 <= answer["usage"]["completion_tokens"] <= 8
        assert (
            chat(served, "Say hello.").json()["choices"][0]["message"]["content"] == answer["choices"][0]["message"]["content"]
        )
        served.check()
        (pid,) = servers()
    assert not runs(pid)


def test_each_slot_has_the_whole_context(engine):
    """`context` is for one request: 1,200 of 1,536 tokens pass also with two slots, 1,700 are refused and not cut short."""
    with replace(engine, context=1536, parallel=2).serve() as served:
        fits, over = chat(served, "word " * 1200), chat(served, "word " * 1700)
    assert fits.status_code == 200
    assert 1200 <= fits.json()["usage"]["prompt_tokens"] <= 1300  # one token a word, and the template
    assert over.status_code == 400
    assert "context" in over.text


def check_until_dead(served, seconds: float = 10.0) -> None:
    """A killed process can be waited for once the last of its threads is gone, which is a little after the signal."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        served.check()
        time.sleep(0.02)


def test_killed_in_the_middle(engine):
    with replace(engine, context=512, parallel=1).serve() as served:
        served.check()
        (pid,) = servers()
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(EngineDiedError, match=r"llama_cpp\(SmolLM2-135M-Instruct\) ended with exit code -9"):
            check_until_dead(served)


def test_what_is_recorded(engine):
    described = engine.describe()
    assert described.kind == "llama_cpp"
    assert described.options == {"context": 4096, "parallel": 8, "weights": Path(weights.SMOLLM2_135M.member).name}
    assert engine.model.revision == f"sha256:{weights.SMOLLM2_135M.sha256}"
    assert engine.weights == USER_CACHE / "weights" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert engine.weights.stat().st_size == weights.SMOLLM2_135M.size


def test_killed_in_the_middle_of_an_evaluation(engine, counsel, home):
    """The candidate's server is killed once lm_eval has its first answers: a message, nothing stored, and a second start."""
    evaluation = Evaluation.of(engine, [catalog()["counsel_stigma"]], home, limit=6)
    with pytest.raises(
        EngineDiedError, match=r"llama_cpp\(SmolLM2-135M-Instruct\) ended with exit code -9 while it was in use"
    ):
        evaluation.generate(Kills())
    assert not (home / "runs").exists()
    outcome = counsel("eval", DEMO, "--tasks", "counsel_stigma", "--limit", "6")
    assert outcome.code == 0, outcome.err
    assert "6 samples" in outcome.out
