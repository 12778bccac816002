"""The environment of child processes: an allow-list, so that tokens reach only the children that need them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Final

from counsel_leaderboard.registry.common.credentials import is_secret_name, without_user
from counsel_leaderboard.registry.common.proxies import loopback_unproxied

# What other programs print is UTF-8 whatever this terminal can show: lm_eval ends with an arrow, which cp1252 cannot encode.
ENCODING: Final = {"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}
HUB_TOKENS: Final = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
"""For children that download from the Hub."""
NAMES: Final = {
    "the machine and its user": (
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TEMP", "TMP", "TZ", "LANG", "LANGUAGE", "HOSTNAME", "TERM",
        "LD_LIBRARY_PATH", "LD_PRELOAD", "LIBRARY_PATH", "VIRTUAL_ENV", "CONDA_PREFIX", "SYSTEMROOT", "CC", "CXX",
        "COLUMNS", "LINES", "NO_COLOR",
    ),
    "Python": (
        "PYTHONPATH", "PYTHONHOME", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED", "PYTHONWARNINGS", "PYTHONPYCACHEPREFIX", "PYTHONFAULTHANDLER", "PYTHONNOUSERSITE",
    ),
    "proxies, with the password that one may need, and certificates": (
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    ),
    "lm-eval": ("LMEVAL_LOG_LEVEL", "LOGLEVEL", "TOKENIZERS_PARALLELISM"),
    "this project": (
        "COUNSEL_HOME", "COUNSEL_CACHE", "COUNSEL_MIRROR", "COUNSEL_OFFLINE", "COUNSEL_TASKS", "COUNSEL_EVENTS",
        "COUNSEL_ENGINE_PARENT", "COUNSEL_SYSTEM_ROLE", "COUNSEL_THINKING_TOKENS", "COUNSEL_PREFERENCE_REFERENCE",
        "COUNSEL_JUDGE", "COUNSEL_JUDGE_MODEL", "COUNSEL_JUDGE_REVISION", "COUNSEL_JUDGE_HOST", "COUNSEL_JUDGE_CONCURRENCY",
        "COUNSEL_JUDGE_TIMEOUT", "COUNSEL_JUDGE_TOKENS", "COUNSEL_VLLM_PYTHON", "COUNSEL_VLLM_MAX_LENGTH", "COUNSEL_VLLM_SEED",
        "COUNSEL_VLLM_BATCH_INVARIANT", "COUNSEL_SESSIONS_CONCURRENT", "COUNSEL_PRIVATE_CLIENTS",
    ),
    "the Hub and its libraries": (
        "HF_HOME", "HF_ENDPOINT", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_HUB_VERBOSITY", "HF_HUB_DOWNLOAD_TIMEOUT",
        "HF_HUB_ETAG_TIMEOUT", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_SYMLINKS_WARNING",
        "HF_HUB_DISABLE_SYMLINKS", "HF_HUB_DISABLE_XET", "HF_HUB_ENABLE_HF_TRANSFER", "HF_XET_HIGH_PERFORMANCE", "HF_XET_CACHE",
        "HF_ASSETS_CACHE", "HF_MODULES_CACHE", "HF_DATASETS_CACHE", "HF_DATASETS_OFFLINE", "HF_EVALUATE_CACHE",
        "HF_EVALUATE_OFFLINE", "HF_UPDATE_DOWNLOAD_COUNTS", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE",
        "TRANSFORMERS_OFFLINE", "TRANSFORMERS_VERBOSITY", "TRANSFORMERS_NO_ADVISORY_WARNINGS",
    ),
    "Slurm's description of a job": (
        "SLURM_JOB_ID", "SLURM_JOBID", "SLURM_JOB_NAME", "SLURM_JOB_NODELIST", "SLURM_NODELIST", "SLURM_JOB_NUM_NODES",
        "SLURM_NNODES", "SLURM_NTASKS", "SLURM_NPROCS", "SLURM_NTASKS_PER_NODE", "SLURM_TASKS_PER_NODE", "SLURM_PROCID",
        "SLURM_LOCALID", "SLURM_NODEID", "SLURM_STEP_ID", "SLURM_STEPID", "SLURM_STEP_NODELIST", "SLURM_STEP_NUM_NODES",
        "SLURM_STEP_NUM_TASKS", "SLURM_STEP_GPUS", "SLURM_JOB_GPUS", "SLURM_GPUS", "SLURM_GPUS_ON_NODE",
        "SLURM_GPUS_PER_NODE", "SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE", "SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU",
        "SLURM_LAUNCH_NODE_IPADDR", "SLURM_SUBMIT_DIR", "SLURM_CLUSTER_NAME", "SLURM_TMPDIR",
    ),
}  # fmt: skip
"""Variables that pass, by what they are for; addresses without user name and password, but for proxies."""
PREFIXES: Final = {
    "locale and user folders": ("LC_", "XDG_"),
    "GPUs and their libraries": (
        "CUDA", "NVIDIA_", "NCCL_", "ROCM_", "ROCR_", "HIP_", "HSA_", "AMD_", "ZE_", "ONEAPI_", "CUBLAS_", "CUDNN_", "TORCH",
        "PYTORCH_", "TRITON_", "FLASHINFER_",
    ),
    "threads and memory": ("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "BLIS_", "NUMBA_", "MALLOC_", "NUMEXPR_", "GGML_"),
    "engines and clusters": ("VLLM_", "LLAMA_", "XLLAMACPP_", "RAY_", "GLOO_"),
}  # fmt: skip
"""Beginnings of names that pass, by what they are for, unless a word of the name says that it is a secret."""
_PROXIES: Final = frozenset(NAMES["proxies, with the password that one may need, and certificates"])


def child_environment(
    changes: Mapping[str, str] | None = None,
    base: Mapping[str, str] | None = None,
    *,
    secrets: Iterable[str] = (),
    also: str | None = None,
) -> dict[str, str]:
    """The environment for a child: UTF-8, this machine never through a proxy, and `changes`.

    Of `base`, by default this process's environment, a child gets what the lists above name, without user names and passwords
    in addresses, and the named `secrets` as they are. also: how further variables begin that this child alone gets as they are,
    but no secrets.
    """
    inherited, asked = os.environ if base is None else base, frozenset(secrets)
    passed = {
        name: value if name in asked or name in _PROXIES or _begins(name, also) else without_user(value)
        for name, value in inherited.items()
        if name in asked or passes(name) or (_begins(name, also) and not is_secret_name(name))
    }
    return {**passed, **loopback_unproxied(inherited), **ENCODING, **(changes or {})}


def passes(name: str) -> bool:
    """Whether a variable is listed, by its name, or by how it begins and then not by a word for a secret."""
    if any(name in names for names in NAMES.values()):
        return True
    return any(name.startswith(begins) for begins in PREFIXES.values()) and not is_secret_name(name)


def _begins(name: str, also: str | None) -> bool:
    return also is not None and name.startswith(also)
