"""`python -m docs.generate.bank_panel`: scores the reference panel of every open bank, and writes down what it shows.

It rewrites `panel.json` in the folder of each task that has an answer key (`tasks/panel`), which the board reads, and the
marked part of each bank's README. It needs no model, and takes some seconds.
"""

from __future__ import annotations

import sys
import textwrap
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from counsel_leaderboard.leaderboard.statistics.known_quality import known_order, resolvable_difference
from counsel_leaderboard.leaderboard.statistics.score_matrix import ScoreMatrix, score_matrices
from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.manifests import SATURATION_RULE, TaskPanel, catalog
from counsel_leaderboard.registry.sources.paths import OPEN
from counsel_leaderboard.tasks.panel.candidates import KEYS
from counsel_leaderboard.tasks.panel.item_scores import SHARES, PanelScorer

BEGIN, END = "<!-- panel: begin -->", "<!-- panel: end -->"
DRAWS = 10
QUALITY = 0.8
"""Draws of candidates of this quality, whose pairs give the resolvable difference."""

INTRO = """## What it can tell apart

Scripted candidates that know a share of the items, scored by the task's own code{judge}. No model has a part in these figures.
`python -m docs.generate.bank_panel` computes them and rewrites this part."""
JUDGED = ", with a judge that follows the bank's labels to the letter"


class PanelOrderError(ValueError):
    """The candidates of a panel do not stand in the order of what they know."""


def panel(task: str) -> TaskPanel:
    """What the panel shows of a task's open bank. Raises PanelOrderError where the order is not the planned one."""
    scorer = PanelScorer(task, KEYS[task]())
    names = tuple(f"{share:.0%}" for share in SHARES)
    order = known_order(matrix(task, scorer.item_frame(dict(zip(names, SHARES, strict=True)))), names)
    if not order.in_order:
        raise PanelOrderError(f"{task}: candidates that know {', '.join(names)} get {order.scores}, in another order.")
    alike = {f"draw {number}": QUALITY for number in range(DRAWS)}
    apart, together = (
        round(resolvable_difference(matrix(task, scorer.item_frame(alike, whole_clusters=whole))) or 0.0, 4)
        for whole in (False, True)
    )
    dataset = scorer.key.items.dataset
    return TaskPanel(
        dataset=dataset["name"],
        fingerprint=dataset["fingerprint"],
        known=scorer.key.known,
        unknown=scorer.key.unknown,
        scores=dict(zip(names, (round(score, 4) for score in order.scores), strict=True)),
        resolvable=apart,
        resolvable_by_cluster=together,
        saturated=order.saturated,
    )


def matrix(task: str, items: pl.DataFrame) -> ScoreMatrix:
    """The headline of a task as a matrix, by the task's manifest."""
    manifest = catalog()[task].manifest
    headline = manifest.metrics[manifest.headline]
    rules = {"task": task, "combine": headline.combine, "higher_is_better": headline.higher_is_better}
    (only,) = score_matrices(items, pl.DataFrame([{**rules, "lo": headline.range[0], "hi": headline.range[1]}]))
    return only


def block(panels: Mapping[str, TaskPanel]) -> str:
    """The part of a bank's README: a line for each task that the bank is the open suite of."""
    judged = any(catalog()[task].judged for task in panels)
    first = next(iter(panels.values()))
    lines = [
        INTRO.format(judge=JUDGED if judged else ""),
        "",
        _row("task, headline", *(f"knows {name}" for name in first.scores), "resolvable difference", "saturated"),
        "|" + "---|" * (len(first.scores) + 3),
        *(_line(task, shown) for task, shown in panels.items()),
        "",
        *_wrapped(f"Where a candidate knows, it gives {first.known}; else {first.unknown}."),
        *_wrapped("**Ceiling** and **floor**: the first and the last column."),
        *_wrapped(
            f"**Resolvable difference**: of two candidates that know {QUALITY:.0%}, what a paired test at 5% sees four times "
            "in five. The lower figure holds where each item fails by itself, the higher where all items of a case, text or "
            "speech fail together; models lie between. One figure: both are about the same."
        ),
        *_wrapped(
            f"**Saturated**: {SATURATION_RULE} It then leaves the overall order. Scripts cannot show that the models of a time "
            "all stand at the ceiling."
        ),
    ]
    return "\n".join(lines)


def _line(task: str, shown: TaskPanel) -> str:
    scores = (f"{score:.3f}" for score in shown.scores.values())
    head = f"`{task}`, `{catalog()[task].manifest.headline}`"
    return _row(head, *scores, shown.resolution, f"at the {shown.saturated}" if shown.saturated else "no")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 126, initial_indent="- ", subsequent_indent="  ")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def written(readme: str, panels: Mapping[str, TaskPanel]) -> str:
    """A bank's README with the part between the marks renewed. Raises ValueError where it has no marks."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README of {next(iter(panels.values())).dataset} lacks the lines {BEGIN} and {END}: add them")
    return f"{before}{BEGIN}\n{block(panels)}\n{END}{after}"


def files(tasks: Sequence[str] = tuple(KEYS)) -> dict[Path, str]:
    """Every file that this module writes, with what it should hold."""
    panels = {task: panel(task) for task in tasks}
    by_bank: dict[str, dict[str, TaskPanel]] = defaultdict(dict)
    for task, shown in panels.items():
        by_bank[shown.dataset][task] = shown
    texts = {
        catalog()[task].file.with_name("panel.json"): shown.model_dump_json(indent=2) + "\n" for task, shown in panels.items()
    }
    for dataset, of_bank in by_bank.items():
        readme = OPEN / str(card(dataset).source.id) / "README.md"
        texts[readme] = written(readme.read_text(encoding="utf-8"), of_bank)
    return texts


def main() -> None:
    """Rewrite what differs."""
    for path, text in files().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"rewritten: {path}\n")


if __name__ == "__main__":
    main()
