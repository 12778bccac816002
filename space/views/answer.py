"""Above the board: what a reader needs a model for, which columns bear on it, and which models cannot be told apart there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from counsel_leaderboard.leaderboard.board import gate_columns, ranks
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason, wording
from counsel_leaderboard.leaderboard.crisis_gate.gate import State
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.registry.manifests import Use, catalog, uses
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import BoardReader, SuiteSnapshot
from counsel_leaderboard.space.views import board_filters, hardware, languages
from counsel_leaderboard.space.views import board_frame as view
from counsel_leaderboard.space.views.board_frame import Column

MOST_NAMES: Final = 5
"""So many models are named in a sentence; of more their number is given, and the table has them all."""

GATE_WORDS: Final = {
    State.PASS.value: "passed",
    State.UNDECIDED.value: "undecided",
    State.NOT_RUN.value: "not run",
    State.FAIL.value: "failed",
}


@dataclass(frozen=True)
class ColumnFinding:
    """What one column says of the models that match.

    because: why the column bears on the use. ranked: how many are ranked. leaders: the names of those that the best of them
    is not significantly better than. recommends: whether there is a difference to go by: at least two are ranked, and no
    scripted control does as well as the leaders. words: the finding in one sentence.
    """

    column: Column
    because: str
    ranked: int
    leaders: tuple[str, ...]
    recommends: bool
    words: str


@dataclass(frozen=True)
class UseAnswer:
    """The answer for one use: a finding for each column that bears on it, the tasks that nobody was asked, and a summary."""

    use: Use
    summary: str
    findings: tuple[ColumnFinding, ...]
    nobody_asked: tuple[str, ...]
    gate: tuple[tuple[str, str], ...]


def html(reader: BoardReader, suite: SuiteSnapshot, address: Address) -> str:
    """The question with its choices, and the answer where the address names a use."""
    offered = board_filters.choices(suite.display)
    narrow = [
        ("Runs on", "runs_on", [(name, hardware.WORDS[name]) for name in offered["runs_on"]]),
        ("Licence", "licence", [(name, name) for name in offered["licence"]]),
        ("Size", "size", [(name, name) for name in offered["size"]]),
    ]
    datasets = [column.dataset for column in suite.columns]
    if spoken := languages.offered(datasets):
        narrow.append(("Language", "language", spoken))
    answer = of_use(reader, suite, address) if address.use in uses() else None
    narrowed = any(getattr(address, field) for _, field, _ in narrow)
    return render(
        "answer.html",
        address=address,
        uses=uses(),
        answer=answer,
        narrow=narrow,
        narrowed=narrowed,
        one_language=languages.sentence(datasets),
    )


def of_use(reader: BoardReader, suite: SuiteSnapshot, address: Address) -> UseAnswer:
    """The answer for the use of the address, from the models that match its search and filters."""
    use = uses()[address.use]
    matches = board_filters.matching(suite.display, address).filter(pl.col("role") == "candidate")
    spoken = view.in_language(suite.columns, address.language)
    findings = tuple(
        _finding(reader, suite, matches, column, use.tasks[column.task]) for column in view.bearing(spoken, address.use)
    )
    asked = {column.task for column in suite.columns}
    known = catalog()
    nobody = tuple(task for task in use.tasks if task not in asked and task in known)
    return UseAnswer(use, summary(findings, matches.height), findings, nobody, _gate(matches))


def summary(findings: Sequence[ColumnFinding], models: int) -> str:
    """What the findings come to; no model is named that does not lead, alone or with others, in every column to go by."""
    if not models:
        return "No model here matches."
    telling = [finding for finding in findings if finding.recommends and len(finding.leaders) < finding.ranked]
    if not telling:
        return "This board names no model for it: no column that bears on it tells the models apart."
    common = set(telling[0].leaders).intersection(*(finding.leaders for finding in telling))
    where = (
        f"in {labels.task(telling[0].column.task)}, the one column that tells models apart"
        if len(telling) == 1
        else f"in all {len(telling)} columns that tell models apart"
    )
    if not common:
        return f"No model stands at the top {where}: each is behind somewhere."
    names = _names(sorted(common))
    if len(common) == 1:
        return f"{names} stands at the top {where}. That is no proof that it is fit for it."
    return f"{names} stand at the top {where} and cannot be told apart there."


def _finding(reader: BoardReader, suite: SuiteSnapshot, matches: pl.DataFrame, column: Column, because: str) -> ColumnFinding:
    fields = [pl.col(column.key).struct.field(name) for name in ("value", "tier", "unranked_reasons")]
    cells = matches.select("run_id", "model", "gate", *fields).filter(pl.col("value").is_not_null())
    ranked = cells.filter(pl.col("tier").is_not_null())
    leaders = ranked.filter(pl.col("run_id").is_in(_leaders(reader, suite, column, ranked)))
    names = tuple(dict.fromkeys(leaders.sort("model")["model"].to_list()))
    task_ranks = suite.board.ranks.tasks.get(column.task)
    tied = set(task_ranks.not_better) if task_ranks else set()
    by_control = bool(names) and set(leaders["run_id"]) <= tied
    words = _words(names, leaders.height, ranked.height, by_control=by_control) if names else _unranked(cells, column)
    return ColumnFinding(column, because, ranked.height, names, ranked.height > 1 and not by_control, words)


def _leaders(reader: BoardReader, suite: SuiteSnapshot, column: Column, ranked: pl.DataFrame) -> list[str]:
    """The runs among those ranked that the best of them is not significantly better than."""
    everyone = suite.board.ranks.tasks[column.task].ranks["tier"].count() if ranked.height else 0
    if ranked.height == everyone:
        return ranked.filter(pl.col("tier") == 1)["run_id"].to_list()  # the board's own tiers; of a part they begin afresh
    groups = dict(ranked.select("run_id", gate_columns.group()).iter_rows())
    return ranks.leaders(reader.store, suite.source, suite.judge, column.task, ranked["run_id"].to_list(), groups)


def _words(names: tuple[str, ...], best: int, ranked: int, *, by_control: bool) -> str:
    if ranked == 1:
        words = f"{names[0]} alone is ranked, so there is nobody to compare it with"
    elif best == ranked:
        words = f"the {ranked} ranked models cannot be told apart"
    elif best == 1:
        words = f"{names[0]} does better than {_others(ranked - 1)} by the test"
    else:
        words = f"{_names(names)} cannot be told apart at the top, and do better than {_others(ranked - best)}"
    return f"{words}; but a constant answer does as well, so this column recommends nobody" if by_control else words


def _others(number: int) -> str:
    return "the other one" if number == 1 else f"the other {number}"


def _unranked(cells: pl.DataFrame, column: Column) -> str:
    if cells.is_empty():
        return "no model that matches was asked"
    if column.higher_is_better is None or not column.ranked:
        return f"{counted(cells.height, 'model')} asked; it describes and ranks nobody"
    reasons = cells["unranked_reasons"].explode(empty_as_null=False, keep_nulls=False).drop_nulls()
    commonest = next(iter(reasons.mode().sort().head(1)), None)
    words = f": {_why(Reason.parse(commonest))}" if commonest else ""
    return f"{counted(cells.height, 'model')} asked and nobody ranked{words}"


def _why(reason: Reason) -> str:
    """A reason that most of a column share, without the particulars of one judge or control."""
    if reason.code.value.startswith("judge_"):
        return "no judge that has passed its exam rated the replies"
    if reason.code is Code.NOT_BETTER_THAN_CONTROL:
        return "a scripted control does as well"
    return wording(reason)


def _gate(matches: pl.DataFrame) -> tuple[tuple[str, str], ...]:
    """State in words and the models in it, best state first; empty where no model's gate was run."""
    states = matches.select("model", "gate").unique().sort("model")
    if states.filter(pl.col("gate") != State.NOT_RUN.value).is_empty():
        return ()
    named = {state: states.filter(pl.col("gate") == state)["model"].to_list() for state in GATE_WORDS}
    return tuple((GATE_WORDS[state], _names(models)) for state, models in named.items() if models)


def _names(models: Sequence[Any]) -> str:
    if len(models) > MOST_NAMES:
        return f"{len(models)} models"
    *first, last = map(str, models)
    return f"{', '.join(first)} and {last}" if first else last
