"""Starts `counsel serve` for a benchmark, and measures its memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import httpx

COUNSEL = Path(sys.executable).with_name("counsel")
API = "/api/v1"
LONGEST_START_SECONDS = 600
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


def free_port() -> int:
    """A port of this machine that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(home: Path, settings: Mapping[str, str] = NO_SETTINGS) -> Iterator[tuple[str, int]]:
    """The address and the process id of a server of `home` that is ready; it is stopped at the end.

    settings: environment variables. Ends the program if the server is not ready after LONGEST_START_SECONDS.
    """
    port = free_port()
    environment = {**os.environ, "COUNSEL_HOME": str(home), **settings}
    server = subprocess.Popen([COUNSEL, "serve", "--port", str(port)], env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(f"{address}{API}/health/ready")
        yield address, server.pid
    finally:
        server.terminate()
        server.wait()


def _wait(url: str) -> None:
    limit = time.monotonic() + LONGEST_START_SECONDS
    while time.monotonic() < limit:
        try:
            if httpx.get(url, timeout=60).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"counsel serve was not ready after {LONGEST_START_SECONDS} s; start it by hand to see why.")


def peak_mib(pid: int) -> int:
    """The peak memory of a running process so far, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) // 1024
