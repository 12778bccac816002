"""The commands of `counsel judge`: run, check, show."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from counsel_leaderboard.leaderboard.judges import card as cards
from counsel_leaderboard.leaderboard.judges.card_text import card_text, list_text
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.verbs import VerbGroup
from counsel_leaderboard.runners.cli.judge_scale_commands import anchors, bridge, panel
from counsel_leaderboard.runners.judging.exam import examine
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, JudgeSource, judge_rated, judge_run, run_exam
from counsel_leaderboard.runners.judging.judge_server import judge_of
from counsel_leaderboard.runners.progress import progress_display


@click.group(cls=VerbGroup, epilog=example("counsel judge show"))
def judge() -> None:
    """Judge stored answers; examine a judge; put judges on one scale."""


for verb in (anchors, bridge, panel):
    judge.add_command(verb)


@judge.command("run", epilog=example("counsel judge run out/my-model"))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def run(folder: Path) -> None:
    """Judge the stored answers in FOLDER with the judge that $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name."""
    address = _address()
    with progress_display() as display, display.step(f"judging {folder.name} with {address.model}") as step:
        judge_run(folder, address, step)


@judge.command(epilog=example("counsel judge check --cost"))
@click.argument("model", required=False)
@click.option("--cost", is_flag=True, help="Only print the estimated cost of the exam.")
@click.option("--whole", is_flag=True, help="Run the whole exam, even after the judge can no longer pass.")
@click.option(
    "--humans",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of replies that people rated; by default $COUNSEL_HOME/judges/humans.jsonl, if it exists.",
)
def check(model: str | None, cost: bool, whole: bool, humans: Path | None) -> None:
    """Examine a judge and store its card.

    MODEL is smollm2-135m, the path of a GGUF file or OWNER/NAME of the Hub, and is served for the exam; without it, the judge
    is the one that $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name. The board ranks judged scores only if their judge passed.
    An interrupted exam continues where it stopped. A task's exam ends as soon as the judge can no longer pass it. If there is
    a set of replies that people rated, the card also compares the judge with them.
    """
    rated = humans or cards.rated_replies_file(paths.home())
    examined: JudgeSource = judge_of(model) if model else _address()
    with examined.serving() as address, tempfile.TemporaryDirectory() as folder:
        if cost:
            if rated:
                judge_rated(rated, Path(folder), address, on_cost=click.echo, cost_only=True)
            run_exam(Path(folder), address, on_cost=click.echo, cost_only=True)
            return
        limits = thresholds.of_home(paths.home())
        with progress_display() as display:
            if rated:
                # Before the exam, so that a file with a broken format does not cost a whole exam.
                with display.step(f"comparing {address.model} with people") as step:
                    judge_rated(rated, Path(folder), address, step, display.print_line)
            with display.step(f"examining {address.model}") as step:
                examine(Path(folder), address, None if whole else limits, step, display.print_line)
        card = cards.issue(Path(folder), paths.home())
    click.echo(card_text(card, limits), nl=False)


@judge.command(epilog=example("counsel judge show"))
@click.argument("name", required=False)
def show(name: str | None) -> None:
    """Print the card of the judge NAME (a model's name or a card's id), or the list of all cards."""
    limits, known = thresholds.of_home(paths.home()), cards.cards(paths.home())
    if name is None:
        click.echo(list_text(known, limits), nl=False)
        return
    matches = [card for card in known if name in (card.id, card.exam.model)]
    if not matches:
        names = ", ".join(sorted({card.exam.model for card in known})) or "no judge"
        raise click.UsageError(f"no card of {name!r} is stored; there are cards of {names}. Run `counsel judge check`.")
    for card in matches:
        click.echo(card_text(card, limits), nl=False)


def _address() -> JudgeAddress:
    address = JudgeAddress.from_environment()
    if address is None:
        raise click.UsageError(
            "no judge is set: set COUNSEL_JUDGE_URL and COUNSEL_JUDGE_MODEL (and COUNSEL_JUDGE_KEY if it needs one)."
        )
    return address
