"""How tests are laid out: beside what they test, and none leans on another."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.support.paths import ROOT

TESTS = ROOT / "tests"
PACKAGES = ("leaderboard", "registry", "runners", "space", "tasks")
OF_NO_PACKAGE = {"docs", "golden", "security", "support"}
"""Folders of tests that follow no package: stored homes, the app seen from outside, and what tests share."""
NO_PRODUCT_FOLDER = {"registry/bank_checks/rules", "space/browser"}
"""Rules that tests apply to the banks, and the pages in a real browser."""


def imported(file: Path) -> set[str]:
    """The modules that a file imports; `from package import module` counts as both."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return modules


def leaning(tests: Path) -> list[str]:
    """Each import of a test module or of a conftest, as `file: module`."""
    files = [file for file in sorted(tests.rglob("*.py")) if file.is_file()]
    apart = {
        ".".join((tests.name, *file.relative_to(tests).with_suffix("").parts))
        for file in files
        if file.name.startswith("test_") or file.name == "conftest.py"
    }
    return [f"{file.relative_to(tests)}: {module}" for file in files for module in sorted(imported(file) & apart)]


def test_no_module_imports_a_test_module_or_a_conftest() -> None:
    """What two test modules share lies in tests/support/ or in a module beside them."""
    assert leaning(TESTS) == []


def test_such_an_import_is_seen(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").touch()
    (tmp_path / "tests" / "helpers.py").write_text("from tests import conftest\n", encoding="utf-8")
    (tmp_path / "tests" / "test_a.py").write_text("import tests.helpers\n", encoding="utf-8")
    (tmp_path / "tests" / "test_b.py").write_text("def test_b():\n    from tests.test_a import x\n", encoding="utf-8")
    assert leaning(tmp_path / "tests") == ["helpers.py: tests.conftest", "test_b.py: tests.test_a"]


def test_every_folder_of_tests_is_named_as_the_folder_that_it_tests() -> None:
    folders = {file.parent.relative_to(TESTS) for file in TESTS.rglob("test_*.py")} - {Path()}
    strangers = {
        str(folder)
        for folder in folders
        if folder.parts[0] not in OF_NO_PACKAGE
        and str(folder) not in NO_PRODUCT_FOLDER
        and not (folder.parts[0] in PACKAGES and list((ROOT / folder).glob("*.py")))
    }
    assert strangers == set(), "each folder under tests/ repeats the path of the folder that its tests are about"
