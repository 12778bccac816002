"""The verbs of `counsel sessions` that need a model or readers: serve, fit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.credentials import credential
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.sessions.client_files import load_clients
from counsel_leaderboard.registry.sessions.engine.playing import Stage
from counsel_leaderboard.registry.sessions.private_clients import private_clients
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, TranscriptError, read_transcript
from counsel_leaderboard.runners.sessions import fit as fits
from counsel_leaderboard.runners.sessions import session_setup
from counsel_leaderboard.runners.sessions.session_server import ModelAddress, ServerPlan, listen
from counsel_leaderboard.runners.settings import ClientModelSettings


@click.command(epilog=example("counsel sessions serve --candidate http://127.0.0.1:8000/v1 --model my-model --port 8100"))
@click.option("--candidate", required=True, help="Address of the candidate's server; its key comes from $COUNSEL_ENDPOINT_KEY.")
@click.option("--model", required=True, help="The candidate's name at that server.")
@click.option("--client-url", help="Server of the model that words the clients; by default $COUNSEL_CLIENT_URL.")
@click.option("--client-model", help="Its name; by default $COUNSEL_CLIENT_MODEL. Without one the scripted wording is spoken.")
@click.option("--port", type=click.IntRange(0, 65535), default=8100, show_default=True, help="Loopback port; 0: a free one.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path),
    help="Where turns are stored, so that sessions go on after a restart; by default in the cache folder.",
)  # fmt: skip
@click.option(
    "--concurrent", type=click.IntRange(min=1), help="Sessions beside each other; by default $COUNSEL_SESSIONS_CONCURRENT."
)
@click.option("--private", "own", is_flag=True, help="The host's private clients, for tasks with the source `private`.")
def serve(
    candidate: str,
    model: str,
    client_url: str | None,
    client_model: str | None,
    port: int,
    folder: Path | None,
    concurrent: int | None,
    own: bool,
) -> None:
    """Serve whole sessions with a candidate, as answers to lm_eval's requests. Ends with Ctrl-C.

    Where sessions spend a key, callers show it too: OPENAI_API_KEY of lm_eval is then $COUNSEL_ENDPOINT_KEY.
    """
    settings = ClientModelSettings.read()
    words = session_setup.client_model(client_url or settings.url, client_model or settings.model, model)
    plan = ServerPlan(
        ModelAddress(candidate, model, credential("COUNSEL_ENDPOINT_KEY")),
        private_clients() if own else load_clients(), Stage(),
        folder or paths.cache() / "sessions", words, concurrent=concurrent or settings.concurrent,
    )  # fmt: skip
    try:
        asyncio.run(listen(plan, port, lambda address: click.echo(f"sessions with {model} on {address}/v1/chat/completions")))
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on with the sessions that were begun", err=True)


@click.command(epilog=example("counsel sessions fit sessions.jsonl --sheet sheet.jsonl"))
@click.argument("sessions", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--sheet", type=click.Path(dir_okay=False, path_type=Path), help="Write the turns of SESSIONS here, for two readers."
)
@click.option(
    "--ratings", nargs=2, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The two sheets with ratings."
)
@click.option("--publish", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here as JSON.")
def fit(sessions: Path | None, sheet: Path | None, ratings: tuple[Path, Path] | None, publish: Path | None) -> None:
    """Measure how well clients' lines fit: print turns for two readers, or take their ratings back.

    SESSIONS holds a transcript a line. Each reader fills `rating` in: fits, acceptable, misses or nonsense.
    """
    if sessions is not None and sheet is not None:
        rows = fits.sheet(_transcripts(sessions))
        sheet.write_text("".join(f"{row.model_dump_json()}\n" for row in rows), encoding="utf-8")
        click.echo(f"{len(rows)} turns in {sheet}. Give each of two readers a copy, then: counsel sessions fit --ratings A B")
    elif ratings is not None:
        kinds = {client: card.kind for client, card in load_clients().items()}
        first, second = map(fits.read_sheet, ratings)
        result = fits.figures(first, second, kinds)
        for figures in (result.whole, *result.kinds, *result.clients, *result.counselors):
            click.echo(figures.line())
        agreement = "cannot be computed" if result.agreement is None else f"{result.agreement:.2f}"
        most = "reached" if result.difference <= fits.MOST_DIFFERENCE else "not reached"
        click.echo(
            f"difference between counselors {result.difference:.0%}: {most}; agreement of the readers (kappa) {agreement}"
        )
        if publish is not None:
            publish.write_text(json.dumps(asdict(result), indent=2) + "\n", encoding="utf-8")
    else:
        raise CounselError("give SESSIONS with --sheet FILE to print turns, or --ratings A B to take ratings back.")


def _transcripts(file: Path) -> Iterator[SessionTranscript]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield read_transcript(line)
        except TranscriptError as error:
            raise CounselError(f"{file}, line {number}: {error}") from error
