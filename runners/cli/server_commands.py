"""The commands that talk to a server: worker, submit, report, queue, cancel, admit."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import click
from rich.console import Console, RenderableType
from rich.live import Live

from counsel_leaderboard.leaderboard.exchange import pack, refuse_secrets, strip
from counsel_leaderboard.leaderboard.runs.read import read
from counsel_leaderboard.leaderboard.specs.evaluation_spec import Dtype, WorkerEngine
from counsel_leaderboard.leaderboard.submissions import worker_tokens
from counsel_leaderboard.registry.common import paths
from counsel_leaderboard.registry.common.command_help import example
from counsel_leaderboard.registry.common.completion import several_of
from counsel_leaderboard.registry.common.credentials import configured_secrets, credential
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.runners.cli.model_commands import JUDGE_MODEL, JUDGE_REVISION
from counsel_leaderboard.runners.cli.queue_text import queue_text
from counsel_leaderboard.runners.judging.judge_server import chosen as chosen_judge
from counsel_leaderboard.runners.ray.cluster import connected
from counsel_leaderboard.runners.ray.dispatcher import Dispatcher, RayWorker
from counsel_leaderboard.runners.settings import ClientSettings
from counsel_leaderboard.runners.worker.client import Server
from counsel_leaderboard.runners.worker.planning import available_engines
from counsel_leaderboard.runners.worker.work_dir import WorkDir, locked_work_dir
from counsel_leaderboard.runners.worker.worker import Worker, WorkerSettings

SERVER: Callable[..., Any] = click.option(
    "--server",
    "url",
    default=lambda: ClientSettings.read().server,
    show_default="COUNSEL_SERVER, or http://127.0.0.1:7860",
    help="The server's address.",
)
WATCH_SECONDS = 3.0


@dataclass(frozen=True)
class ServerParts:
    """What these commands make: the client of a server and the worker, or what stands for them as the context's object."""

    server: Callable[[str, str | None], Server] = Server
    worker: Callable[[Server, WorkDir, WorkerSettings, Callable[[str], None]], Worker] = Worker


def _parts() -> ServerParts:
    return click.get_current_context().find_object(ServerParts) or ServerParts()


# The engines of the driver's machine need not be those of the cluster's nodes.
ON_NODES: tuple[WorkerEngine, ...] = ("control", "vllm")


def _print_token(_context: click.Context, _option: click.Parameter, name: str | None) -> None:
    """Print the token of a worker, and end the command."""
    if name is None:
        return
    secret = credential("COUNSEL_WORKER_TOKEN")
    if secret is None:
        raise click.UsageError("Set COUNSEL_WORKER_TOKEN to the server's own worker token.")
    if name in worker_tokens.revoked(paths.home()):
        raise worker_tokens.WorkerNameError(f"{name}: its token was revoked; give the worker another name.")
    click.echo(worker_tokens.issue(secret, name))
    click.get_current_context().exit()


def _revoke_token(_context: click.Context, _option: click.Parameter, name: str | None) -> None:
    """Revoke the token of a worker, and end the command."""
    if name is None:
        return
    worker_tokens.revoke(paths.home(), name)
    click.echo(f"{name}: its token is not taken any more; what it runs goes to another worker when its lease ends.")
    click.get_current_context().exit()


@click.command(epilog=example("counsel worker --server http://127.0.0.1:7860 --engine control --once"))
@SERVER
@click.option("--engine", "engines", multiple=True, type=click.Choice(get_args(WorkerEngine)), help="Offer only these engines.")
@click.option("--max-parameters", type=click.IntRange(min=1), help="Accept no model with more parameters.")
@click.option(
    "--poll", type=click.FloatRange(min=0.05), default=5.0, show_default=True, help="Seconds between two checks for requests."
)
@click.option("--once", is_flag=True, help="Exit once no request is waiting.")
@JUDGE_MODEL
@JUDGE_REVISION
@click.option("--ray", "address", metavar="ADDRESS", help="Run the requests in this Ray cluster: host:port, or auto.")
@click.option("--ray-resource", "resource", default="GPU", show_default=True, help="Resource that a request uses.")
@click.option("--gpu-gib", type=click.FloatRange(min=4), default=80, show_default=True, help="GiB of memory of each GPU there.")
@click.option(
    "--token-for", metavar="NAME", callback=_print_token, is_eager=True, expose_value=False,
    help="Print a token for the worker NAME, derived from the server's own, and exit.",
)  # fmt: skip
@click.option(
    "--revoke-token", metavar="NAME", callback=_revoke_token, is_eager=True, expose_value=False,
    help="Take the token of the worker NAME no longer, at once, and exit; on the server's machine, with its $COUNSEL_HOME.",
)  # fmt: skip
def worker(
    url: str, engines: tuple[WorkerEngine, ...], max_parameters: int | None, poll: float, once: bool, judge_model: str | None,
    judge_revision: str | None, address: str | None, resource: str, gpu_gib: float,
) -> None:  # fmt: skip
    """Claim requests from a server, run them here, and upload the runs.

    Needs $COUNSEL_WORKER_TOKEN: the server's, or the one that --token-for printed. SIGTERM returns the request to the queue;
    after a crash, the next start continues from the stored answers.
    """
    offered = engines or (available_engines() if address is None else ON_NODES)
    settings = WorkerSettings(
        engines=offered, parameters=max_parameters, judge=chosen_judge(judge_model, judge_revision), poll_seconds=poll,
    )  # fmt: skip
    if address is None:
        _work_locally(url, settings, once)
    else:
        _work_in_cluster(url, settings, once, address, resource, int(gpu_gib * 1024**3))


def _work_locally(url: str, settings: WorkerSettings, once: bool) -> None:
    with locked_work_dir(paths.home()) as work_dir:
        server = _server(url, "COUNSEL_WORKER_TOKEN")
        local_worker = _parts().worker(server, work_dir, settings, _log)
        _stopped_by_signals(local_worker.stop)
        _log(f"worker {work_dir.name} offers {', '.join(settings.engines)} to {server.url}")
        local_worker.run(once=once)


def _work_in_cluster(url: str, settings: WorkerSettings, once: bool, address: str, resource: str, gpu_bytes: int) -> None:
    with connected(address, resource) as cluster:

        def create_worker(work_dir: WorkDir) -> RayWorker:
            server = Server(url, credential("COUNSEL_WORKER_TOKEN"))
            return RayWorker(server, work_dir, settings, _log, cluster, gpu_bytes)

        dispatcher = Dispatcher(cluster, create_worker, paths.home(), settings.poll_seconds, _log)
        _stopped_by_signals(dispatcher.stop)
        total, free = cluster.units()
        _log(f"cluster {address} with {total} {resource}, {free} free, offers {', '.join(settings.engines)} to {url}")
        dispatcher.run(once=once)


def _log(text: str) -> None:
    click.echo(text, err=True)


def _stopped_by_signals(stop: Callable[..., None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _host(url: str) -> Server:
    """The server, called with the host's rights if $COUNSEL_ADMIN_TOKEN is set."""
    return _server(url, "COUNSEL_ADMIN_TOKEN")


def _server(url: str, token: str) -> Server:
    """The server, called with the token of that variable; its connections are closed when the command ends."""
    server = _parts().server(url, credential(token))
    click.get_current_context().call_on_close(server.close)
    return server


@click.command(epilog=example("counsel submit owner/model --as my-name --server http://127.0.0.1:7860"))
@click.argument("model")
@SERVER
@click.option("--as", "submitter", required=True, help="Your user name.")
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit.")
@click.option("--dtype", type=click.Choice(get_args(Dtype)), default="auto", show_default=True)
@click.option("--chat", type=click.Choice(["template", "plain"]), default="template", show_default=True)
@click.option(
    "--tasks", shell_complete=several_of(catalog),
    help="Comma-separated names; without it, every task that the host can score.",
)  # fmt: skip
@click.option("--source", type=click.Choice(["open", "upstream"]), default="open", show_default=True)
@click.option("--limit", type=click.IntRange(min=1), help="Items per task.")
@click.option("--priority", type=click.IntRange(0, 9), default=0, help="Only for the host.")
def submit(url: str, tasks: str | None, **options: Any) -> None:
    """Submit MODEL, a model on the Hugging Face Hub, to a server."""
    names = [name.strip() for name in tasks.split(",")] if tasks else None
    response = _host(url).call("POST", "/submissions", json={**options, "tasks": names})
    request = response["request"]
    click.echo(f"{request['spec_id']} {request['state']}: {request['model']} at {request['revision'] or 'no revision'}")
    if response["cancel_key"]:
        click.echo(f"Cancel it with: counsel cancel {request['spec_id']} --key {response['cancel_key']}")


@click.command(epilog=example("counsel report owner/model out/my-model --as my-name --server http://127.0.0.1:7860"))
@click.argument("model")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@SERVER
@click.option("--as", "submitter", required=True, help="Your user name.")
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit that was run.")
@click.option("--chat", type=click.Choice(["template", "plain"]), default="template", show_default=True)
@click.option("--other-name", help="Why the results name another model than MODEL: one sentence, shown publicly.")
def report(url: str, folder: Path, **fields: str | None) -> None:
    """Upload FOLDER, the output of your own lm_eval run of MODEL. It is shown as self-reported and never ranked."""
    with TemporaryDirectory() as temporary:
        stripped, archive = Path(temporary) / "run", Path(temporary) / "run.tar.gz"
        results = read(folder)
        refuse_secrets(results.sources.values(), configured_secrets(os.environ))
        strip(results.results_file.parent, stripped)
        pack(stripped, archive)
        stored = _host(url).report(archive, {name: value for name, value in fields.items() if value is not None})
    click.echo(f"{stored['run_id']} {stored['state']}: {stored['model']} at {stored['revision']}, self-reported")
    click.echo(f"To have a worker reproduce it: counsel submit {stored['model']} --revision {stored['revision']} --as NAME")


@click.command(epilog=example("counsel queue --limit 50 --server http://127.0.0.1:7860"))
@SERVER
@click.option("--watch", is_flag=True, help="Update it until interrupted.")
@click.option("--limit", type=click.IntRange(1, 500), default=30, show_default=True, help="Requests to show.")
def queue(url: str, watch: bool, limit: int) -> None:
    """Show the queue of a server: running, waiting and finished requests."""
    server, console = _host(url), Console()

    def current_table() -> RenderableType:
        return queue_text(server.call("GET", "/queue", params={"limit": limit}), console.width)

    if not watch:
        console.print(current_table())
        return
    # Ctrl-C is the way to end it, and no interruption.
    with suppress(KeyboardInterrupt), Live(current_table(), console=console) as live:
        while True:
            time.sleep(WATCH_SECONDS)
            live.update(current_table())


@click.command(epilog=example("counsel cancel 0123456789abcdef --key KEY --server http://127.0.0.1:7860"))
@click.argument("spec_id")
@SERVER
@click.option("--key", help="The key that `counsel submit` printed; the host needs none.")
def cancel(spec_id: str, url: str, key: str | None) -> None:
    """Cancel a request, as its submitter or, with $COUNSEL_ADMIN_TOKEN, as the host."""
    response = _host(url).call("DELETE", f"/submissions/{spec_id}", headers={"cancel-key": key} if key else {})
    click.echo(f"{response['spec_id']} {response['state']}")


@click.command(epilog=example("counsel admit 0123456789abcdef --server http://127.0.0.1:7860"))
@click.argument("spec_id")
@SERVER
def admit(spec_id: str, url: str) -> None:
    """Admit a pending request to the queue, as the host; needs $COUNSEL_ADMIN_TOKEN."""
    response = _host(url).call("POST", f"/submissions/{spec_id}/admit")
    click.echo(f"{response['spec_id']} {response['state']}")
