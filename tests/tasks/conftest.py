"""Stand-in servers, the real lm_eval command run against them, and the judge's command over a stored run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lm_eval.tasks import TaskManager

from counsel_leaderboard import tasks
from counsel_leaderboard.runners.harness import lm_eval_main
from tests.support.paths import SHARED
from tests.support.scripted_replies import scripted_judge
from tests.support.stand_in_server import Reply, StandIn, standing_in

INCLUDE = Path(tasks.__file__).parent


@pytest.fixture
def serve() -> Iterator[Callable[..., StandIn]]:
    """Start stand-ins on free loopback ports; all are stopped when the test ends."""
    with standing_in() as begin:
        yield begin


@dataclass(frozen=True)
class Run:
    """What one lm_eval command left behind."""

    process: subprocess.CompletedProcess[str]
    folder: Path

    @property
    def results(self) -> dict[str, Any]:
        (path,) = self.folder.rglob("results_*.json")
        return json.loads(path.read_text(encoding="utf-8"))

    def metric(self, task: str, name: str) -> Any:
        values = [number for key, number in self.results["results"][task].items() if key.split(",")[0] == name]
        return values[0] if values else None

    def samples(self, task: str) -> list[dict[str, Any]]:
        (path,) = self.folder.rglob(f"samples_{task}_2*.jsonl")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def harness(tmp_path: Path) -> Callable[..., Run]:
    """The real command with any model, run from a folder that is not the project's; no setting of the caller's reaches it.

    As `counsel eval` starts it: lm_eval's own start reads 14,000 files of its built-in tasks, eight seconds of a core. That it
    finds our tasks beside those is tested in test_import_package and test_evaluate.
    """

    def run(model: Sequence[str], names: str, *options: str, check: bool = True, name: str = "out", **env: str) -> Run:
        folder = tmp_path / name
        command = [sys.executable, "-m", lm_eval_main.__name__, "run", "--model", *model, "--apply_chat_template"]
        command += ["--include_path", str(INCLUDE), "--tasks", names, "--output_path", str(folder), "--log_samples", *options]
        clean = {key: item for key, item in os.environ.items() if not key.startswith("COUNSEL_")}
        clean |= {"HF_HUB_OFFLINE": "1", "COUNSEL_CACHE": str(tmp_path / "cache"), "COUNSEL_HOME": str(tmp_path / "home")}
        clean |= {"COUNSEL_MIRROR": str(SHARED / "upstream")} | env
        process = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=900, check=False)
        assert not check or process.returncode == 0, process.stderr[-4000:]
        return Run(process, folder)

    return run


@pytest.fixture
def lm_eval(harness: Callable[..., Run]) -> Callable[..., Run]:
    """The real command against a chat server: `lm_eval(url, names, *options, **environment)`."""

    def run(url: str, *arguments: str, **more: Any) -> Run:
        address = f"model=stand-in,base_url={url}/chat/completions,num_concurrent=8,max_retries=2"
        return harness(["local-chat-completions", "--model_args", address], *arguments, **more)

    return run


@pytest.fixture
def rejudge(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The judge's command over a stored run, with an empty cache: `rejudge(folder, url, **environment)`."""

    def run(folder: Path, url: str, cache: str = "second cache", **more: str) -> subprocess.CompletedProcess[str]:
        env = {key: item for key, item in os.environ.items() if not key.startswith("COUNSEL_")}
        env |= {"COUNSEL_JUDGE_URL": url, "COUNSEL_JUDGE_MODEL": "scripted", "COUNSEL_CACHE": str(tmp_path / cache)}
        env["COUNSEL_HOME"] = str(tmp_path / "home")  # the key of the verdicts' nonces
        command = [sys.executable, "-m", "counsel_leaderboard.tasks.judge", str(folder)]
        return subprocess.run(command, env=env | more, capture_output=True, text=True, timeout=120, check=False)

    return run


@pytest.fixture(scope="session")
def load() -> Callable[..., Any]:
    """Load one of our tasks as lm-eval does."""

    def get(name: str, source: str = "open") -> Any:
        manager = TaskManager(include_path=INCLUDE, include_defaults=False, metadata={"source": source, "model": "m"})
        return manager.load([name])["tasks"][name]

    return get


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the upstream files; tests that replay them skip where it is missing."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with the upstream files is not here")
    return SHARED


@pytest.fixture
def judge_by() -> Callable[..., Reply]:
    """Make a scripted judge."""
    return scripted_judge
