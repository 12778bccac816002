"""`counsel probe`: tests of a model beyond its scores."""

from __future__ import annotations

from pathlib import Path

import click

from counsel_leaderboard.leaderboard.board import contamination
from counsel_leaderboard.leaderboard.board.contamination import BankProbe, Probe
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.verbs import VerbGroup
from counsel_leaderboard.registry.private.ledger import Ledger
from counsel_leaderboard.runners.models import START_SECONDS, resolve
from counsel_leaderboard.runners.probe.probe import BANKS, material, probe
from counsel_leaderboard.runners.progress import progress_display

EXAMPLE = "counsel probe contamination my-model --url http://127.0.0.1:8000/v1 --bank stigma --limit 4"


@click.group("probe", cls=VerbGroup, epilog=example(EXAMPLE))
def probe_() -> None:
    """Test a model beyond its scores."""


@probe_.command("contamination", epilog=example(EXAMPLE))
@click.argument("model")
@click.option(
    "--url", help="Address of an OpenAI-compatible server that serves MODEL; its key comes from $COUNSEL_ENDPOINT_KEY."
)
@click.option("--bank", "banks", multiple=True, type=click.Choice(BANKS), help="Only this bank; may be given again.")
@click.option("--limit", type=click.IntRange(min=1), help="Items per bank.")
@click.option(
    "--private",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of private slices; by default $COUNSEL_HOME/private.",
)
@click.option(
    "--start-timeout", type=click.FloatRange(min=0, min_open=True), default=START_SECONDS, show_default=True,
    help="Seconds that the engine may take to start.",
)  # fmt: skip
def contamination_(
    model: str, url: str | None, banks: tuple[str, ...], limit: int | None, private: Path | None, start_timeout: float
) -> None:
    """Test whether MODEL has memorised the open items.

    It is asked to continue the first half of each item word for word. The control is text that it cannot know: the items of a
    private slice that is in use here or, without one, the second halves of other items.
    """
    ledger = Ledger(private or paths.home() / "private")
    materials = [material(bank, ledger, limit) for bank in dict.fromkeys(banks or BANKS)]
    spec = resolve(model, url, start_timeout)
    with progress_display() as display, display.step(f"{spec.model.name}: continuing the open items") as step:
        report = probe(spec, materials, step.update)
    file = contamination.save(report, paths.home())
    for line in (*map(_line, report.banks), _canary(report), f"saved in {file}"):
        click.echo(line)


def _line(bank: BankProbe) -> str:
    limits = "too few clusters" if bank.low is None else f"{bank.low:.3f} to {bank.high:.3f}"
    verdict = "SEEMS KNOWN" if bank.recalled else "no sign"
    return (
        f"{bank.bank}: {verdict}; recall {bank.recall:.3f}, {bank.control} {bank.control_recall:.3f}, "
        f"difference {bank.difference:.3f} ({limits}); {bank.n_items} items, {bank.n_unanswered} unanswered"
    )


def _canary(report: Probe) -> str:
    return f"canary: {'COMPLETED, its digits cannot be guessed' if report.canary.recalled else 'not completed'}"
