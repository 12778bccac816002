"""The same model through lm-eval's `hf` and through a chat server sees the same tokens, with and without a system role.

Needs torch, transformers, gguf and accelerate, which the project does not install, and the demo model's GGUF, whose path
COUNSEL_TEST_GGUF gives.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from lm_eval.models.api_models import JsonChatStr

pytestmark = pytest.mark.slow

TURN = "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
ASK = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
REFUSING = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    f"{{% endif %}}{TURN}{{% endfor %}}{ASK}"
)
KEEPING = f"{{% for message in messages %}}{TURN}{{% endfor %}}{ASK}"

SERVER = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.chat_template, params.port = sys.argv[1], sys.argv[2], int(sys.argv[3])
params.hostnames, params.n_ctx, params.use_jinja, params.ui = ["127.0.0.1"], 2048, True, False
server = xllamacpp.Server(params)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def weights():
    for name in ("torch", "transformers", "gguf", "accelerate"):
        pytest.importorskip(name)
    path = Path(os.environ.get("COUNSEL_TEST_GGUF", ""))
    if not path.is_file():
        pytest.skip("COUNSEL_TEST_GGUF names no file with the demo model's weights")
    return path


@pytest.fixture(scope="module")
def hf(weights):
    from lm_eval.models.huggingface import HFLM

    return HFLM(pretrained=str(weights.parent), gguf_file=weights.name, device="cpu", dtype="float32")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(weights):
    """Start llama.cpp's server with a chat template of the test's choice."""
    children = []

    def start(template):
        port = free_port()
        command = [sys.executable, "-c", SERVER, str(weights), template, str(port)]
        children.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                if httpx.get(f"{url}/health").is_success:
                    return url
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError("the server did not come up")

    yield start
    for child in children:
        child.kill()
        child.wait()


def to_server(turns, add_generation_prompt=True):
    return JsonChatStr(json.dumps(turns))


def tokens_of_server(url, prompt):
    rendered = httpx.post(f"{url}/apply-template", json={"messages": json.loads(prompt.prompt)}).json()["prompt"]
    asked = {"content": rendered, "add_special": True, "parse_special": True}
    return httpx.post(f"{url}/tokenize", json=asked).json()["tokens"]


@pytest.mark.parametrize(("template", "form"), [(KEEPING, "chat:system"), (REFUSING, "chat:merged")])
@pytest.mark.parametrize("name", ["counsel_stigma", "counsel_trajectory_reply"])
def test_same_tokens(hf, server, load, monkeypatch, template, form, name):
    """Token for token, for a one-shot prompt and for a session with history."""
    monkeypatch.setattr(hf.tokenizer, "chat_template", template)
    task = load(name)
    task.build_all_requests(limit=1, apply_chat_template=True, chat_template=hf.apply_chat_template)
    assert task.config.metadata["prompt_form"] == form
    if form == "chat:merged":
        monkeypatch.setenv("COUNSEL_SYSTEM_ROLE", "merge")
    served = load(name)
    served.build_all_requests(limit=1, apply_chat_template=True, chat_template=to_server)
    url = server(template)
    for local, remote in zip(task.instances[:3], served.instances[:3], strict=True):
        assert hf.tok_encode(local.args[0], add_special_tokens=False) == tokens_of_server(url, remote.args[0])
