"""The command `counsel recorded`: answers that others published about named models, on the board."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from counsel_leaderboard.leaderboard.judges.session_raters import cards, text
from counsel_leaderboard.registry import recorded as records
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.completion import one_of
from counsel_leaderboard.registry.common.errors import CounselError, DataError
from counsel_leaderboard.registry.common.verbs import VerbGroup
from counsel_leaderboard.runners.progress import progress_display
from counsel_leaderboard.runners.recorded import adding, session_raters
from counsel_leaderboard.runners.recorded.availability import SOURCE_SECONDS, Availability, look

SECONDS = click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), default=SOURCE_SECONDS, show_default=True,
    help="How long one source may take to give its files.",
)  # fmt: skip


@click.group(cls=VerbGroup, epilog=example("counsel recorded add --all"))
def recorded() -> None:
    """Runs of named models from answers that others published."""


@recorded.command("list", epilog=example("counsel recorded list"))
def list_() -> None:
    """Every recorded model: its name for the other commands, what it is, the tasks, and how many of its files are here.

    A file of which the card has no checksum is named, with the checksum and the day of its first use here.
    """
    for name, model in records.models().items():
        _, source, _ = records.find(name)
        here = sum(_is_here(source, recording) for recording in model.recordings)
        tasks = ", ".join(recording.task for recording in model.recordings)
        click.echo(f"{name}  {model.role}  {tasks}  {here} of {len(model.recordings)} files here")
        for recording in model.recordings:
            if used := records.first_used(source, recording):
                click.echo(f"  {recording.task}: first used on {used.first_used}, sha256 {used.sha256}: {used.path}")


def _is_here(source: records.RecordedSource, recording: records.Recording) -> bool:
    """Whether a recording's file lies on this machine; a changed file is not here."""
    try:
        return records.is_here(source, recording)
    except CounselError:
        return False


@recorded.command(epilog=example("counsel recorded pull llms-as-therapists/Pi"))
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=one_of(records.models))
@SECONDS
def pull(names: tuple[str, ...], seconds: float) -> None:
    """Fetch the files of the models NAMES, of all without any, into the cache, every file checked."""
    given = look(names or tuple(records.models()), seconds, click.echo)
    _end(given, [])


@recorded.command(epilog=example("counsel recorded add llms-as-therapists/Pi llms-as-therapists/Serena"))
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=one_of(records.models))
@click.option("--all", "everything", is_flag=True, help="Every recorded model.")
@SECONDS
def add(names: tuple[str, ...], everything: bool, seconds: float) -> None:
    """Replay the stored answers of the models NAMES through lm_eval, store the runs, and run the controls beside them.

    A run that is stored already is left alone. A source that cannot be reached is named in one line and is no error.
    """
    if everything == bool(names):
        raise click.UsageError("name models, or give --all for every one; `counsel recorded list` names them.")
    given, added = add_models(names or tuple(records.models()), paths.home(), seconds)
    for name in added.new:
        click.echo(f"{name}: stored")
    for name in added.known:
        click.echo(f"{name}: was stored already")
    for name in dict.fromkeys(name.partition("/")[0] for name in given.ready):
        for session, why in records.source(name).left_out.items():
            click.echo(f"{name}: session {session} is left out: {why}")
    _end(given, added.failed)


@recorded.command(epilog=example("counsel recorded agreement vera-mh"))
@click.argument("source", default="vera-mh", metavar="[SOURCE]")
def agreement(source: str) -> None:
    """How well the people agree who rated the sessions of SOURCE, vera-mh if none is named: what a judge is measured beside.

    As `counsel recorded add` stored it, else measured from the files. By dimension: raw agreement, Krippendorff's alpha and
    Gwet's AC1, each with a 95% interval, and what they mean together. Then the list of words for a plain question about suicide
    beside the clinicians: Cohen's kappa on the half of the sessions with which the list was made, and on the other half.
    """
    stored = {card.source: card for card in cards(paths.home())}
    measured = stored.get(source) or session_raters.card_of(source)
    if measured is None:
        raise DataError(f"nobody rated the sessions of {source}, so there is no agreement to show")
    click.echo(text(measured))


def add_models(names: Sequence[str], home: Path, seconds: float) -> tuple[Availability, adding.Added]:
    """Get, replay and store these models, with progress on stderr."""
    with progress_display() as display:
        given = look(names, seconds, display.print_line)
        return given, adding.add(given.ready, home, display)


def _end(given: Availability, failed: Sequence[str]) -> None:
    for line in given.lines():
        click.echo(line, err=True)
    for line in failed:
        click.echo(f"failed: {line}", err=True)
    if given.refused or failed:
        raise DataError(f"{len(given.refused) + len(failed)} recordings were not added; each is named above")
