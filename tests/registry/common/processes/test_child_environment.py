"""What children get of the environment: a list, and no key that they do not need."""

from __future__ import annotations

import re

import pytest

from counsel_leaderboard.registry.common.processes.child_environment import HUB_TOKENS, NAMES, PREFIXES, child_environment
from tests.support.paths import ROOT

SECRETS = {
    "COUNSEL_ADMIN_TOKEN": "a", "COUNSEL_WORKER_TOKEN": "w", "COUNSEL_JUDGE_KEY": "j", "HF_TOKEN": "h",
    # Not in the list of faults:
    "COUNSEL_ENDPOINT_KEY": "e", "HUGGING_FACE_HUB_TOKEN": "h", "RAY_PASSWORD": "p", "VLLM_API_KEY": "v", "hf_secret": "s",
    # Names that do not end in a word for a secret, or whose namespace holds more than is listed:
    "SLURM_JWT": "j", "HF_PASS": "p", "HF_AUTH": "a", "COUNSEL_ADMIN_TOKEN_OLD": "o", "COUNSEL_TOKENS": "t",
    "RAY_JOB_HEADERS": "h", "CUDA_PWD": "w", "NVIDIA_NGC_PAT": "n", "OMP_CRED": "c",
    "HF_CREDENTIALS": "c", "RAY_AUTH_TOKEN_2": "r", "VLLM_HTTP_BASIC_AUTH": "b", "NCCL_SECRETS_MOUNT": "n",
    "LLAMA_HFTOKEN": "h", "CUDA_LICENCE_PASSPHRASE": "c", "COUNSEL_CLIENT_URL": "http://u:p@h", "COUNSEL_SERVER": "http://u:p@h",
    "COUNSEL_JUDGE_URL": "http://u:p@h/v1", "COUNSEL_HOSTS": "h", "SLURM_WORKING_CLUSTER": "c", "HF_STORED_TOKENS_PATH": "/t",
}  # fmt: skip
FOREIGN = {"AWS_SECRET_ACCESS_KEY": "x", "OPENAI_API_KEY": "x", "DATABASE_URL": "x", "GITHUB_TOKEN": "x", "MYAPP_SETTING": "x"}
NEEDED = {
    "PATH": "/bin", "HOME": "/root", "LANG": "C", "LC_ALL": "C.UTF-8", "TMPDIR": "/tmp", "CUDA_VISIBLE_DEVICES": "1",
    "HF_HOME": "/hf", "HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "4", "RAY_ADDRESS": "h:1", "OMP_NUM_THREADS": "2",
    "COUNSEL_HOME": "/home", "COUNSEL_JUDGE_TOKENS": "700", "SLURM_JOB_ID": "7", "PYTHONPATH": "/src", "SSL_CERT_FILE": "/pem",
    "LD_LIBRARY_PATH": "/lib", "XDG_CACHE_HOME": "/cache", "NCCL_DEBUG": "INFO",
}  # fmt: skip


def test_what_is_needed_passes_and_nothing_else() -> None:
    child = child_environment(base=SECRETS | FOREIGN | NEEDED)
    assert set(child) == {*NEEDED, "PYTHONIOENCODING", "PYTHONUTF8"}
    assert child.items() >= NEEDED.items()


@pytest.mark.parametrize("name", ["COUNSEL_JUDGE_KEY", *HUB_TOKENS])
def test_a_key_reaches_the_child_that_needs_it_alone(name: str) -> None:
    child = child_environment({"A": "1"}, SECRETS | FOREIGN | NEEDED, secrets=[name])
    assert {*child} & {*SECRETS, *FOREIGN} == {name}
    assert child["A"] == "1"


@pytest.mark.parametrize(
    ("name", "value", "passed"),
    [
        ("HF_ENDPOINT", "https://user:pass@hub.example", "https://hub.example"),
        ("HF_ENDPOINT", "https://hub.example/a@b", "https://b"),  # rather too little than a password
        ("VLLM_HOST", "tcp://user:pa/ss@h:1,tcp://:pass@h:2", "tcp://h:1,tcp://h:2"),
        ("RAY_ADDRESS", "ray://key@h:1", "ray://h:1"),
        ("RAY_ADDRESS", "h:1", "h:1"),
        ("HTTPS_PROXY", "http://user:pass@proxy:1", "http://user:pass@proxy:1"),
    ],
)
def test_an_address_passes_without_its_password_but_for_a_proxy(name: str, value: str, passed: str) -> None:
    assert child_environment(base={name: value})[name] == passed


def test_the_judge_gets_its_address_as_it_is() -> None:
    whole = "https://user:pass@judge.example/v1"
    assert child_environment(base={"COUNSEL_JUDGE_URL": whole}, secrets=["COUNSEL_JUDGE_URL"])["COUNSEL_JUDGE_URL"] == whole


KEPT_BACK = {
    # Read by the server, by `counsel` itself, or by the judge alone.
    *("COUNSEL_ADMISSION", "COUNSEL_CONNECTIONS", "COUNSEL_CONNECTIONS_ADDRESS", "COUNSEL_FRAME_ANCESTORS", "COUNSEL_HOSTS"),
    *("COUNSEL_LEASE_SECONDS", "COUNSEL_MAX_MODEL_BYTES", "COUNSEL_MAX_PARAMETERS", "COUNSEL_MAX_REPORT_BYTES"),
    *("COUNSEL_MAX_UPLOAD_BYTES", "COUNSEL_PROXIES", "COUNSEL_QUOTA_ADDRESS", "COUNSEL_QUOTA_PERSON", "COUNSEL_SERVER"),
    "COUNSEL_SOURCE_URL",
    *("COUNSEL_ADMIN_TOKEN", "COUNSEL_WORKER_TOKEN", "COUNSEL_ENDPOINT_KEY", "COUNSEL_JUDGE_KEY", "COUNSEL_JUDGE_URL"),
    *("COUNSEL_CLIENT_KEY", "COUNSEL_CLIENT_MODEL", "COUNSEL_CLIENT_URL", "HF_TOKEN", "PORT"),
}


def test_each_setting_is_listed_or_kept_back_on_purpose() -> None:
    """A new setting is neither, so that somebody decides."""
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    settings = set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))
    listed = {name for names in NAMES.values() for name in names}
    assert len(settings) > 30
    assert settings - listed == KEPT_BACK & settings
    assert not listed & KEPT_BACK


def test_changes_win_and_proxies_pass() -> None:
    proxies = {"https_proxy": "http://proxy:1", "NO_PROXY": "intern.example"}
    child = child_environment({"HOME": "/other"}, NEEDED | proxies)
    assert (child["HOME"], child["https_proxy"]) == ("/other", "http://proxy:1")


def test_the_page_for_hosts_lists_what_passes() -> None:
    text = (ROOT / "docs/host/security.md").read_text(encoding="utf-8")
    for purpose, names in (
        *NAMES.items(),
        *((purpose, [f"{name}*" for name in begins]) for purpose, begins in PREFIXES.items()),
    ):
        row = f"| {purpose} | {', '.join(f'`{name}`' for name in names)} |"
        assert row in text, row
