"""`counsel serve`: the board in a browser."""

from __future__ import annotations

import click

from registry import paths


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=7860, show_default=True, help="0 takes any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; 0.0.0.0 for every one.")
def serve(port: int = 7860, host: str = "127.0.0.1") -> None:
    """Serve the board, the models' transcripts and the datasets until Ctrl-C."""
    # Gradio takes a second to import: not before the verb is used.
    from space.serving import serve as run

    run(paths.home(), host, port, say=click.echo)
