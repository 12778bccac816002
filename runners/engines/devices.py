"""The devices that a model can run on: the NVIDIA GPUs that this process may use, or the CPU's memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.common.processes.child_environment import child_environment
from counsel_leaderboard.runners.errors import EngineStartError

VISIBLE = "CUDA_VISIBLE_DEVICES"
MEMINFO = Path("/proc/meminfo")
CPU = "CPU"


@dataclass(frozen=True)
class Gpu:
    """One device; memory in bytes, `index` as in nvidia-smi, which follows the order of the PCI bus."""

    name: str
    free: int
    total: int
    index: int = 0
    uuid: str = ""


def gpus(environment: Mapping[str, str] = os.environ) -> list[Gpu]:
    """The NVIDIA GPUs of this machine that $CUDA_VISIBLE_DEVICES allows, with their free memory, from nvidia-smi.

    Empty if nvidia-smi is not installed. Raises EngineStartError if the driver does not answer.
    """
    query = ["nvidia-smi", "--query-gpu=index,uuid,name,memory.free,memory.total", "--format=csv,noheader,nounits"]
    try:
        outcome = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False, env=child_environment())
    except FileNotFoundError:
        return []
    except subprocess.TimeoutExpired as error:
        raise EngineStartError("nvidia-smi did not answer within 30 s; check the GPU's driver.") from error
    if outcome.returncode != 0:
        return []
    devices = [_gpu(line) for line in outcome.stdout.splitlines() if line.strip()]
    return _visible(devices, environment.get(VISIBLE))


def _gpu(line: str) -> Gpu:
    index, uuid, rest = (part.strip() for part in line.split(",", 2))
    name, free, total = (part.strip() for part in rest.rsplit(",", 2))
    return Gpu(name, int(free) * 1024**2, int(total) * 1024**2, int(index), uuid)


def _visible(devices: list[Gpu], visible: str | None) -> list[Gpu]:
    """The devices that $CUDA_VISIBLE_DEVICES names, by index or by the beginning of a UUID, as Ray and Slurm set it."""
    if visible is None:
        return devices
    named = [name.strip() for name in visible.split(",") if name.strip()]
    return [gpu for gpu in devices if any(name == str(gpu.index) or (gpu.uuid and gpu.uuid.startswith(name)) for name in named)]


def cpu(file: Path = MEMINFO) -> Gpu:
    """This machine's memory as a device. Raises EngineStartError if the system does not report it."""
    try:
        lines = [line.split() for line in file.read_text().splitlines()]
        bytes_of = {words[0]: int(words[1]) * 1024 for words in lines if len(words) > 1}
        return Gpu(CPU, bytes_of["MemAvailable:"], bytes_of["MemTotal:"])
    except (OSError, KeyError, ValueError) as error:
        raise EngineStartError(f"{file} does not report the free memory, so the model cannot be sized.") from error
