"""`counsel sessions`: check and play clients, and serve sessions."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.verbs import VerbGroup
from counsel_leaderboard.registry.sessions.checks import disclosure
from counsel_leaderboard.registry.sessions.checks import lint as rules
from counsel_leaderboard.registry.sessions.client_card import HybridClient, LedClient
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.counselors.controls import Counselor
from counsel_leaderboard.registry.sessions.counselors.rehearsal import TURNS, rehearse
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.private_clients import private_clients
from counsel_leaderboard.registry.sessions.reading import risk_questions
from counsel_leaderboard.registry.sessions.transcript import SessionTurn
from counsel_leaderboard.runners.cli.private_session_commands import private
from counsel_leaderboard.runners.cli.session_serve_commands import fit, serve

AUTHOR = "person"


@click.group("sessions", cls=VerbGroup, epilog=example("counsel sessions lint"))
def sessions() -> None:
    """Check and play the clients of whole sessions, and serve sessions to lm_eval."""


for verb in (serve, fit, private):
    sessions.add_command(verb)


@sessions.command("lint", epilog=example("counsel sessions lint client-dragan.yaml"))
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--private", "own", is_flag=True, help="The host's private clients, also against the open ones.")
def lint_(files: tuple[Path, ...], own: bool) -> None:
    """Check clients: those in FILES, or all of this release.

    Prints what breaks a rule by client, what scripted counselors learn from each, how near the clients are to each other,
    and the figures of the detector of risk questions.
    """
    clients = dict(private_clients()) if own else load_clients(files or None)
    stage = Stage()
    count = 0
    for card in clients.values():
        faults = rules.lint(stage, card)
        count += len(faults)
        click.echo(f"{card.id}: {len(faults)} faults" if faults else f"{card.id}: no fault")
        for fault in faults:
            click.echo(f"  {fault}")
    together = rules.shared_with(clients, load_clients()) if own else rules.lint_together(clients, stage.embed)
    for fault in together:
        click.echo(fault)
    together += _disclosure_faults(stage, [card for card in clients.values() if isinstance(card, HybridClient)])
    for row in rules.distances(list(clients.values()), stage.embed):
        click.echo(f"{row.client}: nearest is {row.nearest}, distance {row.distance:.3f}")
    click.echo(risk_questions.held_out_figures(stage.embed).line())
    if count + len(together):
        raise CounselError(f"{count + len(together)} faults. docs/extend/clients.md explains each rule.")


def _disclosure_faults(stage: Stage, cards: Sequence[HybridClient]) -> list[str]:
    """Print what counselors of known quality learn, and give what of it breaks a rule; it takes two clients."""
    if len(cards) < 2:
        return []
    rows = disclosure.disclosures(stage, cards)
    click.echo(disclosure.HEADER)
    for row in rows:
        click.echo(row.line())
    click.echo(disclosure.verdict(rows))
    faults = disclosure.table_faults(rows)
    for fault in faults:
        click.echo(fault)
    return faults


@sessions.command("play", epilog=example("counsel sessions play client-dragan"))
@click.argument("client")
@click.option(
    "--counselor", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Text file with the counselor's turns, one a line; without it you type them.",
)  # fmt: skip
@click.option("--turns", type=click.IntRange(1, 40), default=TURNS, show_default=True, help="Counselor turns at most.")
@click.option("--json", "as_json", is_flag=True, help="Print the transcript as JSON.")
def play(client: str, counselor: Path | None, turns: int, as_json: bool) -> None:
    """Play a session with CLIENT (an id, or a client's file): you are the counselor, an empty line is silence."""
    card = _client(client)
    stage = Stage()
    if counselor is None:
        played = rehearse(stage, card, _typed(), turns)
    else:
        written = counselor.read_text(encoding="utf-8").splitlines()
        played = rehearse(stage, card, lambda _client, turn: written[turn - 1], min(turns, len(written)))
    if as_json:
        click.echo(played.transcript(f"play-{card.id}", AUTHOR, AUTHOR).model_dump_json(indent=2))
        return
    if counselor is None:
        click.echo(f"client: {played.moves[-1].text}")
    else:
        _print(played.transcript(f"play-{card.id}", AUTHOR).turns)
    if isinstance(card, HybridClient):
        click.echo(f"hidden facts told: {played.hidden_share:.0%}")


def _client(name: str) -> HybridClient | LedClient:
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return next(iter(load_clients([path]).values()))
    clients = load_clients()
    if name not in clients:
        raise CounselError(f"there is no client {name!r}. These are: {', '.join(clients)}.")
    return clients[name]


def _typed() -> Counselor:
    def turn(client: Sequence[str], _number: int) -> str:
        click.echo(f"client: {client[-1]}", err=True)
        click.echo("you: ", nl=False, err=True)
        return sys.stdin.readline().strip()

    return turn


def _print(turns: Sequence[SessionTurn]) -> None:
    for turn in turns:
        click.echo(f"{turn.speaker}: {turn.text}" + (f"  [{turn.rule}]" if turn.rule else ""))
