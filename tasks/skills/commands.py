"""`counsel skills`: the coder on the command line. Each command parses its arguments, makes one call and prints the result."""

from __future__ import annotations

import json
from pathlib import Path

import click

from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.verbs import EntryPointGroup

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WEIGHTS = click.option(
    "--weights", type=_FILE, default=None, help="Weights that this host trained; the shipped ones by default."
)


@click.group(cls=EntryPointGroup, verbs="counsel.commands.skills", epilog=example("counsel skills exam"))
def skills() -> None:
    """Code what counselors do, sentence by sentence, without a judge."""


@skills.command(epilog=example("counsel skills code replies.jsonl"))
@click.argument("file", type=_FILE)
@_WEIGHTS
def code(file: Path, weights: Path | None) -> None:
    """Print a JSON line for each row of FILE, a JSON Lines file with `text` and `previous`, the client's turn before."""
    from counsel_leaderboard.tasks.skills.coding import coded_lines

    for line in coded_lines(file, weights):
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
@_WEIGHTS
def exam(annomi: Path | None, weights: Path | None) -> None:
    """Print the coder's card by code; with --annomi also how far it agrees with people."""
    from counsel_leaderboard.registry.skills.coder import Coder
    from counsel_leaderboard.registry.skills.weights import load
    from counsel_leaderboard.tasks.skills.exam import annomi_lines, shipped_lines

    for line in shipped_lines() if weights is None else []:
        click.echo(line)
    for line in annomi_lines(annomi, Coder(load(weights) if weights else None)) if annomi else []:
        click.echo(line)
