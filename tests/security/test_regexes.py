"""Each regular expression of the project, found in the source, takes ten times as long for ten times the text, not a hundred.

The texts follow from the expression itself: what leads to each of its repetitions, then the repetition many times, then a
character that fits nothing. Patterns of pydantic's fields are not among them: Rust's expressions, which it uses, never search
back.
"""

from __future__ import annotations

import ast
import importlib
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from tests.support.paths import ROOT

FOLDERS = ("leaderboard", "registry", "runners", "space", "tasks")
CALL = re.compile(r"re\.(?:compile|search|match|fullmatch|findall|finditer|split|sub|subn)")
SHORT, LONG, SECONDS = 1500, 15_000, 60
FLOOR = 0.003  # keeps the clock's grain out of the ratio; a square takes a tenth of a second at LONG
MOST = 12.0
# Written with a variable of their function, so the test puts a word in its place.
WORDS = {"family": "llama", "name": "max_tokens", "word": "depress"}
# Their readers cut the text first, as tests/security/test_long_texts.py shows for each of them.
CUT_BEFORE = {
    "tasks/counsel_trajectory_rating/task.py": "rating",
    "registry/scoring/letters.py": "letter",
}  # fmt: skip


def expressions() -> Iterator[Any]:
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            where, text = str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(text)) if CALL.search(text) else ():
                if isinstance(node, ast.Call) and CALL.fullmatch(ast.unparse(node.func)):
                    yield pytest.param(where, node, id=f"{where}:{node.lineno}")


def pattern_of(where: str, call: ast.Call) -> re.Pattern[Any]:
    module = importlib.import_module(
        "counsel_leaderboard." + where.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    )
    source = compile(ast.Expression(call.args[0]), where, "eval")
    text = eval(source, {**vars(module), **WORDS})
    flags = [node for node in (*call.args[1:], *(keyword.value for keyword in call.keywords)) if "re." in ast.unparse(node)]
    combined = 0
    for node in flags:
        combined |= eval(compile(ast.Expression(node), where, "eval"), {"re": re})
    return re.compile(text, combined)


def sample(items: Any) -> str:
    """A short text that the items of a parsed expression fit, as far as a single look tells."""
    return "".join(one_of(op, value) for op, value in items)


def one_of(op: Any, value: Any) -> str:
    if op is codes.LITERAL:
        return chr(value)
    if op is codes.IN:
        return member(value)
    if op in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return sample(value[2]) * max(1, min(value[0], 3))
    if op is codes.SUBPATTERN:
        return sample(value[3])
    if op is codes.BRANCH:
        return max((sample(branch) for branch in value[1]), key=len)
    return "x" if op in (codes.ANY, codes.NOT_LITERAL) else ""


def member(options: Any) -> str:
    kinds = {codes.CATEGORY_SPACE: " ", codes.CATEGORY_DIGIT: "1", codes.CATEGORY_WORD: "a"}
    for op, value in options:
        if op is codes.NEGATE:
            break
        if op is codes.LITERAL:
            return chr(value)
        if op is codes.RANGE:
            return chr(value[0])
        if value in kinds:
            return kinds[value]
    return "x"


def members(items: Any) -> Iterator[str]:
    """What a set that may begin a match names: it may begin with one character and go on with all others."""
    for op, value in items:
        if op is codes.IN:
            yield from (chr(code) for kind, code in value if kind is codes.LITERAL)
        elif op is codes.SUBPATTERN:
            yield from members(value[3])
        elif op is codes.BRANCH:
            for branch in value[1]:
                yield from members(branch)
        elif op in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            yield from members(value[2])
            if value[0] == 0:
                continue
        elif op is codes.AT:
            continue
        return


def repetitions(items: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """What leads to a repetition, and what it repeats, for each one."""
    for op, value in items:
        if op in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            yield before, sample(value[2])
            yield from repetitions(value[2], before)
        elif op is codes.SUBPATTERN:
            yield from repetitions(value[3], before)
        elif op is codes.BRANCH:
            for branch in value[1]:
                yield from repetitions(branch, before)
        before += one_of(op, value)


def texts(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    """Pieces that are put in front once, and repeated."""
    parsed = parser.parse(pattern.pattern, pattern.flags)
    yield "", sample(parsed) or "x"
    for char in dict.fromkeys(("x", " ", "\n", *members(parsed))):
        yield "", char
    for before, repeated in repetitions(parsed):
        yield before, repeated or "x"
        yield "", (before + repeated) or "x"


@contextmanager
def ended_after(seconds: int) -> Iterator[None]:
    def late(*_: object) -> None:
        raise AssertionError(f"not ended after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def seconds(pattern: re.Pattern[Any], function: str, before: str, repeated: str, length: int) -> float:
    text: Any = before + repeated * (length // len(repeated)) + "\x00"
    if isinstance(pattern.pattern, bytes):
        text = text.encode("utf-8", "surrogatepass")
    best = float("inf")
    for _ in range(2):
        started = time.process_time()
        pattern.search(text) if function == "compile" else getattr(pattern, function)(
            *(["-"] if function == "sub" else []), text
        )
        pattern.fullmatch(text)
        best = min(best, time.process_time() - started)
    return best


@pytest.mark.parametrize(("where", "call"), [*expressions()])
def test_an_expression_takes_time_in_proportion_to_the_text(where: str, call: ast.Call) -> None:
    pattern, function = pattern_of(where, call), ast.unparse(call.func).removeprefix("re.")
    if where in CUT_BEFORE:
        pytest.skip(f"cut before it is read; timed by its reader, {CUT_BEFORE[where]}")
    with ended_after(SECONDS):
        for before, repeated in texts(pattern):
            short, long = (seconds(pattern, function, before, repeated, length) for length in (SHORT, LONG))
            assert (long + FLOOR) / (short + FLOOR) < MOST, (
                f"{pattern.pattern!r} on {before[:40]!r} and {repeated[:40]!r} again"
            )


@pytest.mark.parametrize(
    "pattern",
    [
        r"\s+x",
        *(pytest.param(pattern, marks=pytest.mark.slow) for pattern in (r"^(a+)+$", r"(.*)a(.*)b", r"<think>.*?</think>")),
    ],
)
def test_a_slow_expression_is_noticed(pattern: str) -> None:
    slow = re.compile(pattern, re.DOTALL)

    def ratios() -> Iterator[float]:
        for before, repeated in texts(slow):
            short, long = (seconds(slow, "compile", before, repeated, length) for length in (SHORT, LONG))
            yield (long + FLOOR) / (short + FLOOR)

    with pytest.raises(AssertionError), ended_after(1):
        assert max(ratios()) < MOST
