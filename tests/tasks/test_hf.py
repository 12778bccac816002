"""All tasks with a judge through lm-eval's `hf`, and the same tokens there as at the embedded server.

Needs torch, transformers, gguf and accelerate, which the project does not install, and the demo model's GGUF, whose path
COUNSEL_TEST_GGUF gives.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
from counsel_leaderboard.runners.engines import LlamaCpp
from counsel_leaderboard.runners.harness.system_role import system_role
from tests.support.rubric_judge import Judge
from tests.support.task_folders import JUDGED, TASKS

pytestmark = pytest.mark.hf

TURN = "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
ASK = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
REFUSING = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    f"{{% endif %}}{TURN}{{% endfor %}}{ASK}"
)
KEEPING = f"{{% for message in messages %}}{TURN}{{% endfor %}}{ASK}"
SHORT = ("--limit", "1", "--gen_kwargs", "max_gen_toks=24")
"""Prompts are what is compared, and two cores take minutes for whole replies."""
ONE_LAYER = {
    **{"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2},
    **{"num_key_value_heads": 2, "max_position_embeddings": 4096},
}


@pytest.fixture
def with_template(tmp_path):
    """The demo model's file with a chat template of the test's choice."""
    for name in ("torch", "transformers", "gguf", "accelerate"):
        pytest.importorskip(name)
    weights = Path(os.environ.get("COUNSEL_TEST_GGUF", ""))
    if not weights.is_file():
        pytest.skip("COUNSEL_TEST_GGUF names no file with the demo model's weights")

    def write(template):
        path = tmp_path / "model.gguf"
        command = [sys.executable, "-m", "gguf.scripts.gguf_new_metadata", str(weights), str(path), "--force"]
        subprocess.run([*command, "--chat-template", template], check=True, capture_output=True)
        return path

    return write


def whole(file, tokenizer):
    """Arguments of lm-eval's hf for the file itself."""
    return f"pretrained={file.parent},gguf_file={file.name},dtype=float32"


def one_layer(file, tokenizer):
    """Arguments for a model of one random layer with the file's tokenizer and template: it reads all and takes seconds."""
    from transformers import LlamaConfig, LlamaForCausalLM

    folder = file.parent / "one layer"
    LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **ONE_LAYER)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return f"pretrained={folder},dtype=float32"


def tokens_at(server, messages):
    """What the server makes of a conversation."""
    root = server.base_url.removesuffix("/v1")
    rendered = httpx.post(f"{root}/apply-template", json={"messages": messages}, trust_env=False).json()["prompt"]
    body = {"content": rendered, "add_special": True, "parse_special": True}
    return httpx.post(f"{root}/tokenize", json=body, trust_env=False).json()["tokens"]


def prompts(sample):
    """What was asked for one document, as lm-eval stored it: a text from hf, messages from a chat server."""
    return [request["arg_0"] for request in sample["arguments"].values()]


@pytest.mark.parametrize(("template", "form", "local"), [(KEEPING, "system", whole), (REFUSING, "merge", one_layer)])
def test_every_task_runs_with_a_judge_and_sees_the_same_tokens(with_template, serve, harness, lm_eval, template, form, local):
    """Every prompt of every task token for token, and every judged reply with its verdict, through both.

    What a chat server is sent does not depend on its answers, so these are made up, and the embedded server tells the tokens.
    """
    from transformers import AutoTokenizer

    file = with_template(template)
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    judge = {"COUNSEL_JUDGE_URL": serve(Judge()).base_url, "COUNSEL_JUDGE_MODEL": "scripted"}
    model = ["hf", "--model_args", local(file, tokenizer), "--device", "cpu", "--batch_size", "8"]
    here = harness(model, ",".join(sorted(TASKS)), *SHORT, **judge, name="hf")
    settings = {**judge, "COUNSEL_SYSTEM_ROLE": form}
    there = lm_eval(serve(lambda _: "I hear you.").base_url, ",".join(sorted(TASKS)), *SHORT, **settings, name="server")
    with LlamaCpp(ModelSpec(name="demo"), file).serve() as server:
        assert system_role(server) == form
        for task in TASKS:
            for run in (here, there):
                metadata = run.results["configs"][task]["metadata"]
                assert metadata["prompt_form"] == {"system": "chat:system", "merge": "chat:merged"}[form]
                assert run.metric(task, "answered_rate") is not None
                assert run.metric(task, "judged_rate") == (1 if task in JUDGED else None)
                assert run.metric(task, "failed_rate") in (0, None)
            for mine, theirs in zip(here.samples(task), there.samples(task), strict=True):
                for text, messages in zip(prompts(mine), prompts(theirs), strict=True):
                    ids = tokenizer.encode(text, add_special_tokens=False)
                    assert ids == tokens_at(server, json.loads(messages[0]))
