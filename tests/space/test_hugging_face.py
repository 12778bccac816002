from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator

import yaml

from tests.support.paths import ROOT

# Named on the package index otherwise than they are imported.
DISTRIBUTIONS = {
    "PIL": "pillow",
    "yaml": "pyyaml",
    "huggingface_hub": "huggingface-hub",
    "prometheus_client": "prometheus-client",
    "pydantic_settings": "pydantic-settings",
}
# Imported where data are prepared or models run, never by the server.
ELSEWHERE = {
    *("datasets", "mlcroissant", "lm_eval", "pip", "sklearn"),
    *("bertopic", "hdbscan", "onnxruntime", "tokenizers", "umap"),
}


def imported(package: str) -> Iterator[str]:
    for file in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (name.name.split(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


def required() -> dict[str, str]:
    lines = (ROOT / "space/requirements.txt").read_text("utf-8").split()
    return {line.split(">=")[0]: line for line in lines}


def test_the_requirements_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    assert set(required().values()) <= set(project)


def test_whatever_the_server_imports_is_required() -> None:
    names = {name for package in ("space", "leaderboard", "registry") for name in imported(package)}
    outside = names - set(sys.stdlib_module_names) - {"counsel_leaderboard", "__future__"} - ELSEWHERE
    assert {DISTRIBUTIONS.get(name, name) for name in outside} <= set(required())


def test_the_front_matter_names_files_that_are_there() -> None:
    _, front, _ = (ROOT / "space/README.md").read_text("utf-8").split("---\n", 2)
    fields = yaml.safe_load(front)
    assert (ROOT / fields["app_file"]).is_file()
    assert fields["sdk"] == "gradio"
    assert len(fields["short_description"]) <= 60
