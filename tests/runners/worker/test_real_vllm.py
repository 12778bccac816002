"""Real vLLM: a submission goes through the server's queue, a worker runs it on vLLM, and the run is stored.

Needs COUNSEL_VLLM_PYTHON, an interpreter that has vLLM (the CPU build will do), transformers, gguf and accelerate. The model
is the demo's, as safetensors in a Hub cache at a pinned commit; a stand-in for the Hub tells the server about it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from counsel_leaderboard.runners.engines.vllm.launcher import free_port
from counsel_leaderboard.runners.models import demo_model
from counsel_leaderboard.runners.worker.client import Server, ServerUnavailableError
from tests.support.fake_hub import SHA, FakeHub, FakeModel, running

pytestmark = pytest.mark.vllm

NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
TASKS = ["counsel_preference_rank", "counsel_stigma"]
LIMIT = 8
COUNSEL = (sys.executable, "-c", "from counsel_leaderboard.leaderboard.cli.main import main; main()")
SECONDS = 1200


@pytest.fixture(scope="module")
def python() -> str:
    python = os.environ.get("COUNSEL_VLLM_PYTHON")
    if not python:
        pytest.skip("COUNSEL_VLLM_PYTHON names no interpreter that has vLLM")
    return python


@pytest.fixture(scope="module")
def cache(python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """$HF_HOME with the model in it, laid out as the Hub's client does."""
    home = tmp_path_factory.mktemp("hf")
    repository = home / "hub" / f"models--{NAME.replace('/', '--')}"
    snapshot = repository / "snapshots" / SHA
    snapshot.mkdir(parents=True)
    script = Path(__file__).with_name("to_safetensors.py")
    subprocess.run([python, str(script), str(demo_model().weights), str(snapshot)], check=True, timeout=SECONDS)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(SHA)
    return home


@pytest.fixture
def hub(cache: Path) -> Iterator[FakeHub]:
    snapshot = next(cache.glob("hub/*/snapshots/*"))
    small = ("config.json", "generation_config.json", "tokenizer_config.json", "chat_template.jinja")
    files = {file.name: file.read_bytes() if file.name in small else file.stat().st_size for file in snapshot.iterdir()}
    with running() as server:
        server.models[NAME] = FakeModel(files=files, parameters=demo_model().model.parameters)
        yield server


@pytest.fixture
def host(tmp_path: Path, hub: FakeHub) -> Iterator[Server]:
    """`counsel serve` as a process, and a client that shows the host's token."""
    port = free_port()
    environment = {
        **os.environ, "COUNSEL_HOME": str(tmp_path / "home"),
        "COUNSEL_WORKER_TOKEN": "worker-token-0123456789abcdefghi",
        "COUNSEL_ADMIN_TOKEN": "admin-token-0123456789abcdefghij", "COUNSEL_ADMISSION": "automatic",
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "no-cache"),
    }  # fmt: skip
    process = subprocess.Popen([*COUNSEL, "serve", "--port", str(port)], env=environment)
    server = Server(f"http://127.0.0.1:{port}", "admin-token-0123456789abcdefghij")
    try:
        _wait_for(server, process)
        yield server
    finally:
        server.close()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            server.call("GET", "/queue")
        except ServerUnavailableError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.2)
        else:
            return


def test_a_submission_runs_on_vllm_and_is_stored(python: str, cache: Path, host: Server, tmp_path: Path) -> None:
    body = {"model": NAME, "submitter": "ada", "tasks": TASKS, "limit": LIMIT}
    spec_id = host.call("POST", "/submissions", json=body)["request"]["id"]
    environment = {
        **os.environ, "COUNSEL_HOME": str(tmp_path / "machine"),
        "COUNSEL_WORKER_TOKEN": "worker-token-0123456789abcdefghi",
        "COUNSEL_JUDGE": "none", "COUNSEL_VLLM_PYTHON": python,
        "COUNSEL_VLLM_MAX_LENGTH": "4096", "HF_HOME": str(cache), "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    arguments = ("worker", "--server", host.url, "--engine", "vllm", "--once", "--poll", "0.5")
    worker = subprocess.run(
        [*COUNSEL, *arguments], env=environment, timeout=SECONDS, check=False, text=True, stderr=subprocess.PIPE
    )
    status = host.read(spec_id)
    assert (worker.returncode, status["state"]) == (0, "done"), (worker.stderr, status["failures"])
    folder = tmp_path / "home" / "runs" / status["run_id"]
    engine = json.loads((folder / "request.json").read_text())["engine"]
    assert (engine["kind"], engine["version"].split("+")[0]) == ("vllm", "0.32.0")
    assert {**engine["options"], "build": "any", "gpus": "any"} == {
        "build": "any", "dtype": "bfloat16", "chat": "template", "seed": 0, "batch_invariant": False, "tensor_parallel": 1,
        "max_length": 4096, "gpus": "any", "generation_config": "vllm",
    }  # fmt: skip
    answers = [json.loads(line)["resps"] for file in folder.glob("samples_*.jsonl") for line in file.read_text().splitlines()]
    assert len(answers) == LIMIT * len(TASKS)
    assert all(answer[0][0] for answer in answers)
    generation = json.loads((folder / "generation.json").read_text())
    print(f"\n{generation}")
