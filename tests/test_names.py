"""Identifiers are words of the field: none of the names that say nothing, and no two classes of the product with one name."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PRODUCT = ("leaderboard", "registry", "runners", "space", "tasks")
FOLDERS = (*PRODUCT, "benchmarks", "tests")
BANNED = frozenset({"found", "said", "told", "made", "kept", "place", "one"})
# (file, name): why the name is the right one there.
ALLOWED: dict[tuple[str, str], str] = {}


def modules(folder: str) -> list[Path]:
    """The Python files of one folder."""
    return sorted((ROOT / folder).rglob("*.py"))


def defined(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that a module gives to something, with its line: variables, parameters, attributes, functions, classes."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name, node.lineno
            case ast.Name(ctx=ast.Store()):
                yield node.id, node.lineno
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name, node.lineno
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name, node.lineno


@pytest.mark.parametrize("folder", FOLDERS)
def test_names_say_what_a_thing_is(folder: str) -> None:
    """`found`, `kept` or `one` can be anything: a name says what the value is."""
    problems = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules(folder)
        for name, line in defined(ast.parse(path.read_text(encoding="utf-8")))
        if name.strip("_").lower() in BANNED and (str(path.relative_to(ROOT)), name) not in ALLOWED
    ]
    assert not problems, f"names that say nothing; choose the field's word: {problems}"


def test_allowed_names_are_still_there() -> None:
    """An exception that nothing needs any more is removed."""
    used = {
        (file, name) for file, name in ALLOWED if name in dict(defined(ast.parse((ROOT / file).read_text(encoding="utf-8"))))
    }
    assert used == ALLOWED.keys()


@pytest.mark.parametrize("code", ["found = 1", "def said(): ...", "def f(*, one): ...", "class Place: ...", "x.kept = 1"])
def test_a_banned_name_is_seen(code: str) -> None:
    """The check itself: each kind of definition."""
    assert any(name.lower() in BANNED for name, _ in defined(ast.parse(code)))


def test_class_names_are_unique() -> None:
    """One name, one class: a reader who meets it anywhere knows which it is."""
    files = defaultdict(set)
    for folder in PRODUCT:
        for path in modules(folder):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    files[node.name].add(str(path.relative_to(ROOT)))
    assert {name: sorted(paths) for name, paths in files.items() if len(paths) > 1} == {}
