"""The environment of child processes: an allow-list, so that tokens reach only the children that need them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Final

from counsel_leaderboard.registry.common.credentials import is_secret_name
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
    "proxies and certificates": (
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
    ),
    "lm-eval": ("LMEVAL_LOG_LEVEL", "LOGLEVEL", "TOKENIZERS_PARALLELISM"),
}  # fmt: skip
"""Variables that pass, by what they are for."""
PREFIXES: Final = {
    "locale and user folders": ("LC_", "XDG_"),
    "this project, without its keys and tokens": ("COUNSEL_",),
    "the Hub and its libraries, without its token": ("HF_", "HUGGINGFACE_", "TRANSFORMERS_"),
    "GPUs and their libraries": (
        "CUDA", "NVIDIA_", "NCCL_", "ROCM_", "ROCR_", "HIP_", "HSA_", "AMD_", "ZE_", "ONEAPI_", "CUBLAS_", "CUDNN_", "TORCH",
        "PYTORCH_", "TRITON_", "FLASHINFER_",
    ),
    "threads and memory": ("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "BLIS_", "NUMBA_", "MALLOC_", "NUMEXPR_", "GGML_"),
    "engines and clusters": ("VLLM_", "LLAMA_", "XLLAMACPP_", "RAY_", "SLURM_", "GLOO_"),
}  # fmt: skip
"""Beginnings of names that pass, by what they are for."""


def child_environment(
    changes: Mapping[str, str] | None = None,
    base: Mapping[str, str] | None = None,
    *,
    secrets: Iterable[str] = (),
    also: str | None = None,
) -> dict[str, str]:
    """The environment for a child: UTF-8, this machine never through a proxy, and `changes`.

    Of `base`, by default this process's environment, a child gets what the lists above name and is no secret, and the named
    `secrets`. also: how further variables begin that this child alone gets, again without secrets.
    """
    inherited, asked = os.environ if base is None else base, frozenset(secrets)
    passed = {
        name: value
        for name, value in inherited.items()
        if name in asked or ((passes(name) or (also is not None and name.startswith(also))) and not is_secret_name(name))
    }
    return {**passed, **loopback_unproxied(inherited), **ENCODING, **(changes or {})}


def passes(name: str) -> bool:
    """Whether a variable is listed, by its name or by how it begins."""
    return any(name in names for names in NAMES.values()) or any(name.startswith(begins) for begins in PREFIXES.values())
