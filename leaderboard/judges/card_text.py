"""Judge cards as text for a terminal."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence

import polars as pl
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from counsel_leaderboard.leaderboard.judges.card import JudgeCard
from counsel_leaderboard.leaderboard.judges.human_agreement import Alpha, HumanAgreement
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import Thresholds

NO_CARDS = "No judge has a card on file. `counsel judge check` examines one.\n"


def list_text(cards: Sequence[JudgeCard], thresholds: Thresholds) -> str:
    """One line per card: its id, the judge, and the tasks for which it qualifies."""
    if not cards:
        return NO_CARDS
    table = _table("card", "judge", "revision", "qualifies for", "fails")
    for card in cards:
        failed = {fault.task for fault in card.faults(thresholds)}
        passed = sorted(task for task in set(card.exam.rubrics) - failed if card.whole(task))
        revision = card.exam.revision or "not recorded"
        table.add_row(card.id, Text(card.exam.model), revision[:19], ", ".join(passed) or "nothing", ", ".join(sorted(failed)))
    return _rendered(table)


def card_text(card: JudgeCard, thresholds: Thresholds) -> str:
    """The whole card: the judge, the cost, every measure with its interval, and the violated thresholds, by task."""
    exam = card.exam
    head = (
        f"Judge card {card.id}: {exam.model}, revision {exam.revision or 'not recorded'}, at {exam.url_host}\n"
        f"{exam.calls} of {exam.of} calls, {exam.cached} of them cached, {exam.unread} without a verdict; "
        f"{exam.prompt_tokens} tokens read, {exam.completion_tokens} written\nPeople: {card.humans}"
    )
    parts: list[RenderableType] = [Text(head)]
    broken = card.faults(thresholds)
    for (task,), rows in card.frame().group_by("task", maintain_order=True):
        own = [fault.text() for fault in broken if fault.task == task]
        passed = "qualifies" if card.whole(str(task)) else "is not examined in full"
        early = f" ({stopped})" if (stopped := card.ended_early(str(task))) else ""
        verdict = passed if not own else f"does not qualify{early}:\n" + "\n".join(f"  - {text}" for text in own)
        parts += [_measures(str(task), rows), Text(f"{task}: {verdict}\n")]
    if card.people:
        parts.append(_people(card.people))
    return _rendered(*parts)


def _people(people: HumanAgreement) -> Table:
    """The people's agreement with each other, and the judge's agreement with them."""
    table = _table("task", "dimension", "people with each other", "judge with people", "n", "missing")
    table.title, table.title_justify = "Agreement with people (Krippendorff's alpha, 95% interval)", "left"
    for row in people.agreement:
        both = (_alpha(row.people), _alpha(row.judge))
        table.add_row(row.task, row.dimension, *both, str(row.n), str(row.n_missing))
    return table


def _alpha(alpha: Alpha) -> str:
    if alpha.value is None:
        return "not defined"
    interval = "no interval" if alpha.low is None else f"{alpha.low:.3f} to {alpha.high:.3f}"
    return f"{alpha.value:.3f} ({interval})"


def _measures(task: str, rows: pl.DataFrame) -> Table:
    table = _table("measure", "of", "value", "95% interval", "n", "missing")
    table.title, table.title_justify = task, "left"
    for row in rows.iter_rows(named=True):
        interval = "" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}"
        value = "missing" if row["value"] is None else f"{row['value']:.3f}"
        table.add_row(row["measure"], row["of"] or "all", value, interval, str(row["n"]), str(row["n_missing"]))
    return table


def _table(*names: str) -> Table:
    table = Table()
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _rendered(*parts: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=shutil.get_terminal_size((140, 24)).columns)
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()
