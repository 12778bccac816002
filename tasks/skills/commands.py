"""`counsel skills`: the coder on the command line. Each command parses its arguments, makes one call and prints the result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import click

from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.verbs import EntryPointGroup

if TYPE_CHECKING:
    from counsel_leaderboard.tasks.skills.coding import CodesTexts

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WEIGHTS = click.option(
    "--weights", type=_FILE, default=None, help="Weights that this host trained; the shipped ones by default."
)

CoderKind = Literal["weights", "judge"]
_CODER = click.option(
    "--coder", type=click.Choice(get_args(CoderKind)), default="weights", show_default=True, help="Who codes."
)


@click.group(cls=EntryPointGroup, verbs="counsel.commands.skills", epilog=example("counsel skills exam"))
def skills() -> None:
    """Code what counselors do, sentence by sentence, without a judge."""


@skills.command(epilog=example("counsel skills code replies.jsonl"))
@click.argument("file", type=_FILE)
@_WEIGHTS
@_CODER
def code(file: Path, weights: Path | None, coder: CoderKind) -> None:
    """Print a JSON line for each row of FILE, a JSON Lines file with `text` and `previous`, the client's turn before.

    With --coder judge the judge of COUNSEL_JUDGE_URL codes; how far it agrees with the open bank is printed first.
    """
    from counsel_leaderboard.tasks.skills.coding import coded_lines, texts_of

    for line in coded_lines(texts_of(file), _coder(coder, weights)):
        click.echo(json.dumps(line, ensure_ascii=False))


@skills.command(epilog=example("counsel skills train --data labelled.jsonl"))
@click.option("--data", type=_FILE, multiple=True, help="Labelled rows beside the open bank, which this host may use.")
def train(data: tuple[Path, ...]) -> None:
    """Fit the coder on the open bank and your own labelled rows. The weights stay in COUNSEL_HOME and are never uploaded."""
    from counsel_leaderboard.registry.common import atomic
    from counsel_leaderboard.registry.skills.weights import own
    from counsel_leaderboard.tasks.skills.exam import by_code, code_lines
    from counsel_leaderboard.tasks.skills.labelled_rows import labelled, training_rows
    from counsel_leaderboard.tasks.skills.training import calibrated_model, out_of_fold

    rows = labelled(training_rows(data))
    scores = out_of_fold(rows)
    model = calibrated_model(rows, scores)
    atomic.write(own(), model.to_bytes())
    for line in code_lines(by_code(rows, scores, model)):
        click.echo(line)
    click.echo(f"{len(rows.rows)} rows; weights in {own()}. Use them with `counsel skills code --weights`.")


@skills.command(epilog=example("counsel skills exam"))
@click.option(
    "--annomi",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder with AnnoMI-simple.csv and AnnoMI-full.csv.",
)
@click.option(
    "--epitome",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder with EPITOME's three CSV files.",
)
@_WEIGHTS
@_CODER
@click.option("--rows", type=click.IntRange(min=1), default=None, help="With --coder judge: rows of the bank, else all.")
@click.option("--cost", is_flag=True, help="With --coder judge: only say how many calls the bank's exam takes.")
def exam(
    annomi: Path | None, epitome: Path | None, weights: Path | None, coder: CoderKind, rows: int | None, cost: bool
) -> None:
    """Print the coder's card by code; with --annomi also how far it agrees with people, with --epitome on empathy.

    With --coder judge the judge of COUNSEL_JUDGE_URL takes the exam: its card has the same columns, and stays in COUNSEL_HOME.
    """
    from counsel_leaderboard.tasks.skills.exam import annomi_lines, shipped_lines

    if coder == "judge":
        for line in _judges_exam(rows, cost_only=cost):
            click.echo(line)
    elif rows is not None or cost:
        raise click.UsageError("--rows and --cost go with --coder judge: the coder's own exam costs nothing.")
    elif weights is None:
        for line in shipped_lines():
            click.echo(line)
    if annomi and not cost:
        for line in annomi_lines(annomi, _coder(coder, weights)):
            click.echo(line)
    if epitome and not cost:
        from counsel_leaderboard.tasks.skills.human_labels.epitome import epitome_lines

        for line in epitome_lines(epitome):
            click.echo(line)


def _coder(kind: CoderKind, weights: Path | None) -> CodesTexts:
    """The coder that was asked for; a judge's agreement with the bank is said on stderr before it codes."""
    if kind == "weights":
        from counsel_leaderboard.registry.skills.coder import Coder
        from counsel_leaderboard.registry.skills.weights import load

        return Coder(load(weights) if weights else None)
    if weights is not None:
        raise click.UsageError("--weights are of the coder; --coder judge has none.")
    from counsel_leaderboard.tasks.skills.judge_card import card_of
    from counsel_leaderboard.tasks.skills.judge_coder import JudgeCoder, coding_client

    client = coding_client()
    card = card_of(client.judge)
    unexamined = (
        f"{client.judge.model}: no exam of this judge is here, so nothing says how far to believe it. Run `counsel skills "
    )
    click.echo(card.lines()[0] if card else unexamined + "exam --coder judge`.", err=True)
    return JudgeCoder(client)


def _judges_exam(rows: int | None, *, cost_only: bool) -> Sequence[str]:
    from counsel_leaderboard.tasks.skills import judge_card
    from counsel_leaderboard.tasks.skills.judge_coder import JudgeCoder, coding_client

    client, asked = coding_client(), judge_card.bank_rows(rows)
    JudgeCoder(client).report_cost(judge_card.pairs(asked))
    if cost_only:
        return []
    card = judge_card.examine(client, asked)
    return [*card.lines(), "", f"kept in {judge_card.save(card)}", ""]
