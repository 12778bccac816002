"""The pinned requirements: every dependency is in them in a version that pyproject.toml allows, each with hashes alone."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

FOLDER = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DEPENDENCIES = PROJECT["project"]["dependencies"]
TESTED = PROJECT["project"]["optional-dependencies"]["test"]
BUILT = PROJECT["build-system"]["requires"]
SERVED = (ROOT / "space" / "requirements.txt").read_text("utf-8").splitlines()
INSTALLER = "pip"  # the one that runs the installation stays
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def lines(name: str) -> list[str]:
    return [line for line in (FOLDER / name).read_text("utf-8").splitlines() if not line.startswith(("#", "-r "))]


def pins(name: str) -> dict[str, set[str]]:
    """Name to versions: a package may have several, each under a marker."""
    versions: dict[str, set[str]] = {}
    for line in lines(name):
        if not line.startswith(" "):
            requirement = Requirement(line.removesuffix("\\"))
            (exact,) = requirement.specifier
            assert exact.operator == "=="
            versions.setdefault(canonicalize_name(requirement.name), set()).add(exact.version)
    return versions


def unmet(requirements: list[str], pinned: dict[str, set[str]]) -> list[str]:
    """The requirements that the pins do not satisfy."""
    wanted = [requirement for requirement in map(Requirement, requirements) if requirement.name != INSTALLER]
    return [
        str(requirement) for requirement in wanted
        if not (versions := pinned.get(canonicalize_name(requirement.name), set()))
        or not all(requirement.specifier.contains(version) for version in versions)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("requirements", "files"),
    [(DEPENDENCIES + BUILT, ["demo.txt"]), (DEPENDENCIES + BUILT + TESTED, ["demo.txt", "ci.txt"]), (SERVED, ["space.txt"])],
    ids=["demo", "ci", "space"],
)
def test_the_pins_satisfy_what_is_asked_for(requirements: list[str], files: list[str]) -> None:
    pinned = {name: versions for file in files for name, versions in pins(file).items()}
    step = "Run `python requirements/update.py`."
    assert unmet(requirements, pinned) == [], step
    # So does this test see what is missing or too old.
    assert unmet([*requirements, "click>=99", "no-such-package"], pinned) == ["click>=99", "no-such-package"]


def test_the_three_sets_hold_the_same_versions() -> None:
    demo, ci, space = pins("demo.txt"), pins("ci.txt"), pins("space.txt")
    assert not set(demo) & set(ci)
    assert "-r demo.txt\n" in (FOLDER / "ci.txt").read_text("utf-8")
    assert {name: versions for name, versions in space.items() if not versions <= demo.get(name, set())} == {}


@pytest.mark.parametrize("name", ["demo.txt", "ci.txt", "space.txt"])
def test_names_versions_and_hashes_and_nothing_else(name: str) -> None:
    """No address of an index, no path of a machine; every pin has a hash."""
    before = " "
    for line in [*lines(name), "end==0"]:
        if line.startswith(" "):
            assert HASH.fullmatch(line), line
        else:
            assert before.startswith(" "), f"{before} has no hash"
            assert re.fullmatch(r"[a-z0-9.-]+==\S+( ; [\w. '\"=<>!]+)?( \\)?", line), line
        before = line


def test_the_spaces_gradio_is_the_pinned_one() -> None:
    _, front, _ = (ROOT / "space" / "README.md").read_text("utf-8").split("---\n", 2)
    assert pins("space.txt")["gradio"] == {yaml.safe_load(front)["sdk_version"]}


def test_the_readmes_commands_install_from_the_pins() -> None:
    """Continuous integration takes its commands from there."""
    readme = (ROOT / "README.md").read_text("utf-8")
    for marker, file in (("demo", "demo.txt"), ("tests", "ci.txt")):
        command = readme.split(f"<!-- command: {marker} -->")[1].split("```")[1]
        assert f"pip install -q --no-deps --require-hashes -r requirements/{file}" in command
        assert "pip install -q --no-deps --no-build-isolation -e ." in command
