"""The commands of `counsel judge`: run, check, show."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from counsel_leaderboard.leaderboard.judges import card as cards
from counsel_leaderboard.leaderboard.judges.card_text import card_text, list_text
from counsel_leaderboard.leaderboard.judges.qualification import thresholds as bars
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.runners.cli.judge_scale_commands import anchors, bridge, panel
from counsel_leaderboard.runners.judging.exam import examine
from counsel_leaderboard.runners.judging.judge_run import JudgeAddress, JudgeSource, judge_rated, judge_run, sit_exam
from counsel_leaderboard.runners.judging.judge_server import judge_of
from counsel_leaderboard.runners.progress import progress_board


@click.group(epilog=example("counsel judge show"))
def judge() -> None:
    """Judge stored answers; examine a judge; put judges on one scale."""


for verb in (anchors, bridge, panel):
    judge.add_command(verb)


@judge.command("run", epilog=example("counsel judge run out/my-model"))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def run(folder: Path) -> None:
    """Judge the stored answers in FOLDER with the judge that $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name."""
    address = _address()
    with progress_board() as board, board.step(f"judging {folder.name} with {address.model}") as step:
        judge_run(folder, address, step)


@judge.command(epilog=example("counsel judge check --cost"))
@click.argument("model", required=False)
@click.option("--cost", is_flag=True, help="Only say what the exam would cost.")
@click.option("--whole", is_flag=True, help="Ask all of it, also once the judge cannot pass any more.")
@click.option(
    "--humans",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replies that people rated, instead of $COUNSEL_HOME/judges/humans.jsonl where that is there.",
)
def check(model: str | None, cost: bool, whole: bool, humans: Path | None) -> None:
    """Let a judge sit its exam, and put its card on file.

    MODEL is smollm2-135m, the path of a GGUF file or OWNER/NAME of the Hub, and is served for the exam; without it, the judge
    is the one that $COUNSEL_JUDGE_URL and $COUNSEL_JUDGE_MODEL name. The board ranks judged scores only where their judge
    passed. Started again, the exam goes on where it stopped. A task that it cannot pass
    any more is asked no further. Where there is a set of replies that people rated, the card compares the judge with them.
    """
    rated = humans or cards.rated_replies_file(paths.home())
    examined: JudgeSource = judge_of(model) if model else _address()
    with examined.serving() as address, tempfile.TemporaryDirectory() as folder:
        if cost:
            if rated:
                judge_rated(rated, Path(folder), address, tell=click.echo, dry=True)
            sit_exam(Path(folder), address, tell=click.echo, dry=True)
            return
        bar = bars.of_home(paths.home())
        with progress_board() as board:
            if rated:
                # Before the exam, so that a file with a broken format does not cost a whole exam.
                with board.step(f"comparing {address.model} with people") as step:
                    judge_rated(rated, Path(folder), address, step, board.say)
            with board.step(f"examining {address.model}") as step:
                examine(Path(folder), address, None if whole else bar, step, board.say)
        card = cards.issue(Path(folder), paths.home())
    click.echo(card_text(card, bar), nl=False)


@judge.command(epilog=example("counsel judge show"))
@click.argument("name", required=False)
def show(name: str | None) -> None:
    """Print the card of the judge NAME (a model's name or a card's id), or the list of all cards."""
    bar, known = bars.of_home(paths.home()), cards.cards(paths.home())
    if name is None:
        click.echo(list_text(known, bar), nl=False)
        return
    matches = [card for card in known if name in (card.id, card.exam.model)]
    if not matches:
        names = ", ".join(sorted({card.exam.model for card in known})) or "no judge"
        raise click.UsageError(f"there is no card of {name!r} on file; there are cards of {names}. Run `counsel judge check`.")
    for card in matches:
        click.echo(card_text(card, bar), nl=False)


def _address() -> JudgeAddress:
    address = JudgeAddress.from_environment()
    if address is None:
        raise click.UsageError(
            "no judge is set: set COUNSEL_JUDGE_URL and COUNSEL_JUDGE_MODEL (and COUNSEL_JUDGE_KEY if it needs one)."
        )
    return address
