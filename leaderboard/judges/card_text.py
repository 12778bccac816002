"""Judge cards as text for a terminal."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence

import polars as pl
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from counsel_leaderboard.leaderboard.exchange.terminal_table import Notes, table
from counsel_leaderboard.leaderboard.judges.card import JudgeCard
from counsel_leaderboard.leaderboard.judges.human_agreement import Alpha, HumanAgreement
from counsel_leaderboard.leaderboard.judges.qualification import sight
from counsel_leaderboard.leaderboard.judges.qualification.thresholds import Thresholds

NO_CARDS = "No judge has a card on file. `counsel judge check` examines one.\n"


def list_text(cards: Sequence[JudgeCard], thresholds: Thresholds) -> str:
    """One line per card: its id, the judge, and the tasks for which it qualifies."""
    if not cards:
        return NO_CARDS
    notes, rows = Notes(), []
    for card in cards:
        failed = {fault.task for fault in card.faults(thresholds)}
        passed = sorted(task for task in card.exam.rubrics if card.qualifies(task, thresholds))
        fails = f"fails: {', '.join(sorted(failed))}" if failed else None
        older = f"exam version {card.exam.exam_version}, an older one: qualifies nobody" if card.older else None
        number = notes.number(f"qualifies for: {', '.join(passed) or 'nothing'}", fails, older)
        rows.append(
            [card.exam.model, (card.exam.revision or "not recorded")[:12], card.id, str(len(passed)), str(len(failed)), number]
        )
    columns = {"judge": "left", "revision": "left", "card": "left", "passed": "right", "failed": "right", "note": "right"}
    return _rendered(table("", columns, rows, _width()), *notes.lines())


def card_text(card: JudgeCard, thresholds: Thresholds) -> str:
    """The whole card: the judge, the cost, every measure with its interval, and the violated thresholds, by task."""
    exam = card.exam
    older = f"\nExam version {exam.exam_version}, an older one: it is shown, and qualifies nobody" if card.older else ""
    head = (
        f"Judge card {card.id}: {exam.model}, revision {exam.revision or 'not recorded'}, at {exam.url_host}\n"
        f"{exam.calls} of {exam.of} calls, {exam.cached} of them cached, {exam.unread} without a verdict; "
        f"{exam.prompt_tokens} tokens read, {exam.completion_tokens} written\nPeople: {card.humans}{older}"
    )
    parts: list[RenderableType] = [Text(head)]
    broken = card.faults(thresholds)
    for (task,), rows in card.frame().group_by("task", maintain_order=True):
        own = [fault.text() for fault in broken if fault.task == task]
        present = "was qualified by an older exam" if card.older else "qualifies"
        passed = present if card.whole(str(task)) else "is not examined in full"
        early = f" ({stopped})" if (stopped := card.ended_early(str(task))) else ""
        verdict = passed if not own else f"does not qualify{early}:\n" + "\n".join(f"  - {text}" for text in own)
        words = "".join(f"\n{line}" for line in sight.lines(card, str(task), thresholds))
        parts += [_measures(str(task), rows), Text(f"{task}: {verdict}{words}\n")]
    if card.people:
        parts.append(_people(card.people))
    return _rendered(*parts)


def _people(people: HumanAgreement) -> Table:
    """The people's agreement with each other, and the judge's agreement with them."""
    columns = {"of": "left", "people": "right", "judge": "right", "n": "right", "missing": "right"}
    rows = [
        [
            f"{row.task.removeprefix('counsel_')}: {row.dimension}",
            _alpha(row.people),
            _alpha(row.judge),
            str(row.n),
            str(row.n_missing),
        ]
        for row in people.agreement
    ]
    title = "Krippendorff's alpha (95%) of people with each other, and of the judge with them"
    return table(title, columns, rows, _width())


def _alpha(alpha: Alpha) -> str:
    if alpha.value is None:
        return "not defined"
    interval = "no interval" if alpha.low is None else f"{alpha.low:.2f} to {alpha.high:.2f}"
    return f"{alpha.value:.3f} ({interval})"


def _measures(task: str, rows: pl.DataFrame) -> Table:
    listed = []
    for row in rows.iter_rows(named=True):
        interval = "" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}"
        value = "missing" if row["value"] is None else f"{row['value']:.3f}"
        of = f": {row['of']}" if row["of"] else ""
        listed.append([f"{row['measure']}{of}", value, interval, str(row["n"]), str(row["n_missing"])])
    columns = {"measure": "left", **dict.fromkeys(("value", "95% interval", "n", "missing"), "right")}
    return table(task, columns, listed, _width())


def _width() -> int:
    return shutil.get_terminal_size((140, 24)).columns


def _rendered(*parts: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=_width())
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return capture.get()
