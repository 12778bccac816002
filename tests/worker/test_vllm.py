"""What vLLM is asked to do, when it is refused, and whether a model fits; the server is a stand-in, no GPU is needed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from leaderboard.request import Model
from runners.engines import Vllm
from runners.engines import vllm as engine
from runners.engines.vllm_sizing import OVERHEAD_BYTES, Gpu, Sizing, cache_bytes_per_token, gpus, size
from runners.errors import EngineStartError, OutOfMemoryError, UnknownModelError

GIB = 1024**3
# The shape of an 8B Llama: 32 layers, 8 key-value heads of 4096 / 32 = 128.
LLAMA = {
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_size": 4096,
    "max_position_embeddings": 131072, "torch_dtype": "bfloat16",
}  # fmt: skip
MODEL = Model(name="org/model", revision="a" * 40, parameters=8_000_000_000)
H100 = Gpu("NVIDIA H100", 80 * GIB, 80 * GIB)
SIZING = Sizing(1, 4096, 16, ("NVIDIA H100",))


@pytest.fixture(autouse=True)
def good_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "installed", lambda: "0.32.0")


def test_cache_of_a_token_by_hand() -> None:
    """2 (key, value) x 32 layers x 8 heads x 128 x 2 bytes = 131072 bytes."""
    assert cache_bytes_per_token(LLAMA, "bfloat16") == 131_072
    assert cache_bytes_per_token({**LLAMA, "head_dim": 256}, "float32") == 4 * 131_072


def test_a_model_that_fits_on_one_gpu() -> None:
    """80 GiB x 0.9 - 2 GiB - 16e9 bytes of weights leave 59,161,927,680 bytes: 451,369 tokens, 55 requests of 8192."""
    left = int(80 * GIB * 0.9) - OVERHEAD_BYTES - 16_000_000_000
    assert left // 131_072 // 8192 == 55
    assert size(LLAMA, 8_000_000_000, "auto", [H100]) == Sizing(1, 8192, 55, ("NVIDIA H100",))


def test_a_larger_one_is_spread_over_as_few_gpus_as_hold_it() -> None:
    """70e9 parameters need 140e9 bytes = 130.4 GiB: more than the 70 GiB of one, less than the 140 GiB of two."""
    found = size(LLAMA, 70_000_000_000, "auto", [H100] * 4)
    assert found.tensor_parallel == 2
    # In float32 280e9 bytes = 260.8 GiB: more than the 210 GiB that three would have, less than the 280 GiB of four.
    assert size(LLAMA, 70_000_000_000, "float32", [H100] * 8).tensor_parallel == 4


def test_what_is_in_use_does_not_count_as_free() -> None:
    busy = Gpu("NVIDIA H100", 10 * GIB, 80 * GIB)
    with pytest.raises(OutOfMemoryError, match=r"1 GPUs with 10\.0 GiB free"):
        size(LLAMA, 8_000_000_000, "auto", [busy])
    assert size(LLAMA, 8_000_000_000, "auto", [busy, H100]).gpus == ("NVIDIA H100",)


def test_heads_that_cannot_be_shared_out_are_not() -> None:
    with pytest.raises(OutOfMemoryError):
        size({**LLAMA, "num_attention_heads": 33, "head_dim": 128}, 70_000_000_000, "auto", [H100] * 2)


def test_a_config_that_says_too_little_is_named() -> None:
    with pytest.raises(EngineStartError, match="num_attention_heads"):
        size({"num_hidden_layers": 2}, 1, "auto", [H100])


def test_gpus_as_nvidia_smi_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA H100, 80GB HBM3, 1024, 81920'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert gpus() == [Gpu("NVIDIA H100, 80GB HBM3", GIB, 80 * GIB)]
    tool.write_text("#!/bin/sh\nexit 9\n")
    assert gpus() == []


@pytest.mark.parametrize(
    ("found", "named"),
    [("0.11.0", "CVE-2025-66448"), ("0.13.0", "CVE-2026-22807"), ("0.17.1", "CVE-2026-27893"), ("0.31.9", "CVE-2026-4944")],
)
def test_flawed_versions_are_refused(found: str, named: str) -> None:
    with pytest.raises(EngineStartError, match=named):
        engine.refuse_flawed(found)


@pytest.mark.parametrize("found", ["0.32.0", "0.32.0+cpu", "0.100.0"])
def test_good_versions_are_not(found: str) -> None:
    assert engine.refuse_flawed(found) == found


def test_none_is_refused() -> None:
    with pytest.raises(EngineStartError, match="not installed"):
        engine.refuse_flawed(None)


def test_only_pinned_models_are_sized(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownModelError, match="no commit"):
        Vllm.sized(Model(name="org/model"), [H100], LLAMA)
    with pytest.raises(EngineStartError, match="no NVIDIA GPU"):
        Vllm.sized(MODEL, [], LLAMA)
    monkeypatch.setattr(engine, "installed", lambda: "0.13.0")
    with pytest.raises(EngineStartError, match="known flaws"):
        Vllm.sized(MODEL, [H100], LLAMA)


def test_everything_that_changes_an_answer_is_recorded() -> None:
    described = Vllm.sized(MODEL, [H100], LLAMA, dtype="float16", seed=3, batch_invariant=True, chat="plain").describe()
    assert (described.kind, described.version) == ("vllm", "0.32.0")
    assert described.options == {
        "dtype": "float16", "chat": "plain", "seed": 3, "batch_invariant": True, "tensor_parallel": 1, "max_length": 8192,
        "gpus": ["NVIDIA H100"],
    }  # fmt: skip


def served(tmp_path: Path, **options: Any) -> Vllm:
    fake = (sys.executable, str(Path(__file__).with_name("fake_vllm.py")), str(tmp_path / "seen.json"))
    return Vllm(MODEL, SIZING, server=fake, start_timeout=20, **options)


def test_the_child_gets_the_pinned_model_and_never_remote_code(tmp_path: Path) -> None:
    with served(tmp_path, batch_invariant=True, chat="plain").serve() as up:
        up.check()
        assert (up.model, up.context_length, up.parallel) == ("org/model", 4096, 16)
        seen = json.loads((tmp_path / "seen.json").read_text())
    flags = seen["flags"]
    assert flags["--model"] == "org/model"
    assert flags["--revision"] == flags["--tokenizer-revision"] == "a" * 40
    assert (flags["--load-format"], flags["--tensor-parallel-size"], flags["--max-model-len"]) == ("safetensors", "1", "4096")
    assert not [flag for flag in flags if "trust" in flag]
    assert (seen["invariant"], flags["--host"]) == ("1", "127.0.0.1")
    assert "message['content']" in seen["template"]
    with pytest.raises(ProcessLookupError):
        os.kill(seen["pid"], 0)


def test_a_child_that_dies_says_why(tmp_path: Path) -> None:
    with pytest.raises(EngineStartError, match="CUDA out of memory"), served(tmp_path, dtype="float32").serve():
        pass


def test_another_server_on_the_port_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(EngineStartError, match="serves another, not org/model"), served(tmp_path, seed=666).serve():
        pass
