"""`counsel serve`: the board in a browser."""

from __future__ import annotations

import click

from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.space.server.launch import launch


@click.command(epilog=example("counsel serve --port 8080"))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=7860, show_default=True, help="Port to listen on; 0 takes any free port."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for every address of the machine."
)
def serve(port: int = 7860, host: str = "127.0.0.1") -> None:
    """Serve the board, the models' transcripts and the datasets until Ctrl-C."""
    launch(paths.home(), host, port, say=click.echo)
