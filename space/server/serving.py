"""Runs the server: the one process that owns the home's DuckDB file."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from counsel_leaderboard.leaderboard.exchange import running_server
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.rebuild import catch_up
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.processes.startup import close_to_others
from counsel_leaderboard.space.server.http_rules import WILDCARDS, HttpRules, of_server
from counsel_leaderboard.space.services.uploads import uploads_of

# Read when Gradio is imported: no version check, no telemetry, no fonts or scripts from elsewhere.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# The client must close an idle connection first, because a call that is sent while the server closes it is lost. The client of
# the workers, httpx, closes after 5 s, and so does uvicorn by default.
KEEP_ALIVE_SECONDS = 75
HUB_PAGE = "https://huggingface.co"


class ServeError(CounselError):
    """The server cannot listen on the given host and port."""


def serve(home: Path, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve `home` until Ctrl-C or SIGTERM; the store is closed at the end.

    Raises ServeError if the port is taken, SettingsError if an environment variable has an invalid value, and StoreError or
    StorageError if the store cannot be opened.
    """
    import uvicorn

    from counsel_leaderboard.space.app import create_app
    from counsel_leaderboard.space.server.connections import BoundedProtocol

    # The port is bound first, so that nothing is opened for a server that cannot listen.
    settings = with_source(ServerSettings.from_environment(), os.environ)
    note = close_to_others(home)
    with listen(host, port) as listener, Store.open(home) as store, uploads_of(home):
        catch_up(store)
        rules = rules_of(host, settings, os.environ)
        app = create_app(store, settings, signs_in=signs_in(os.environ), rules=rules)
        # The objects created so far stay until the end, so later collections need not search them.
        gc.freeze()
        gc.enable()
        BoundedProtocol.behind_proxies = settings.proxies > 0
        BoundedProtocol.max_from_address = settings.address_connections
        BoundedProtocol.answer_headers = rules.headers
        # uvicorn would believe any program of this machine about a caller's address; the app reads it where a host says so.
        config = uvicorn.Config(
            app, log_level="warning", timeout_graceful_shutdown=1, timeout_keep_alive=KEEP_ALIVE_SECONDS, http=BoundedProtocol,
            ws="none", proxy_headers=False, server_header=False, limit_concurrency=settings.connections,
        )  # fmt: skip
        shown = f"[{host}]" if ":" in host else host
        port = listener.getsockname()[1]
        say(f"The board is at http://{shown}:{port} (Ctrl-C ends it).")
        running_server.announce(home, f"http://{'127.0.0.1' if host in WILDCARDS else shown}:{port}")
        if note:
            say(note)
        try:
            uvicorn.Server(config).run(sockets=[listener])
        except KeyboardInterrupt:
            say("Stopped.")
        finally:
            running_server.withdraw(home)


def signs_in(environment: Mapping[str, str]) -> bool:
    """Whether this is a Space with `hf_oauth: true` in its metadata."""
    return all(environment.get(name) for name in ("SYSTEM", "SPACE_ID", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET"))


def with_source(settings: ServerSettings, environment: Mapping[str, str]) -> ServerSettings:
    """The settings; where none names the source code, a Space's own files do."""
    space = environment.get("SPACE_ID", "")
    if settings.source_url or not space:
        return settings
    return replace(settings, source_url=f"{HUB_PAGE}/spaces/{quote(space)}/tree/main")


def rules_of(host: str, settings: ServerSettings, environment: Mapping[str, str]) -> HttpRules:
    """The rules for a server on that address; a Space answers for its own name, and the Hub's page may frame it."""
    name = environment.get("SPACE_HOST", "").strip() if environment.get("SPACE_ID") else ""
    hosts = (*settings.hosts, *([name] if name else []))
    ancestors = (*settings.ancestors, *([HUB_PAGE] if name else []))
    return of_server(host, hosts, ancestors, settings.proxies)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ServeError, naming the port and what to do."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServeError(
            f"{host}: is not an address that this server can listen on ({error.strerror}). Choose another --host."
        ) from error
    try:
        # Not SO_REUSEPORT: two servers on one port would share its visitors.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ServeError(
            f"port {port} of {host}: cannot be used ({error.strerror}). "
            f"Stop the program that uses it, or choose another port, for example `counsel serve --port {port % 65535 + 1}`."
        ) from error
    return listener
