"""What children get of the environment: a list, and no key that they do not need."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.common.processes.child_environment import HUB_TOKENS, NAMES, PREFIXES, child_environment
from tests.support.paths import ROOT

SECRETS = {
    "COUNSEL_ADMIN_TOKEN": "a", "COUNSEL_WORKER_TOKEN": "w", "COUNSEL_JUDGE_KEY": "j", "HF_TOKEN": "h",
    # Not in the list of faults:
    "COUNSEL_ENDPOINT_KEY": "e", "HUGGING_FACE_HUB_TOKEN": "h", "RAY_PASSWORD": "p", "VLLM_API_KEY": "v", "hf_secret": "s",
}  # fmt: skip
FOREIGN = {"AWS_SECRET_ACCESS_KEY": "x", "OPENAI_API_KEY": "x", "DATABASE_URL": "x", "GITHUB_TOKEN": "x", "MYAPP_SETTING": "x"}
NEEDED = {
    "PATH": "/bin", "HOME": "/root", "LANG": "C", "LC_ALL": "C.UTF-8", "TMPDIR": "/tmp", "CUDA_VISIBLE_DEVICES": "1",
    "HF_HOME": "/hf", "HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "4", "RAY_ADDRESS": "h:1", "OMP_NUM_THREADS": "2",
    "COUNSEL_HOME": "/home", "COUNSEL_JUDGE_URL": "http://h/v1", "PYTHONPATH": "/src", "SSL_CERT_FILE": "/pem",
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
