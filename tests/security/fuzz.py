"""Sends hostile inputs to a real server on loopback, and prints what they did: `python -m tests.security.fuzz --inputs 5000`.

The server is a child with a home of its own that is deleted afterwards. Beside the inputs, one thread asks for its health every
50 ms, and its memory is read as often.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.security.hostile import MARKER, Attacker, Sent, card_of
from tests.support.fake_hub import FakeHub, FakeModel, running
from tests.support.serve_command import address_of, start

EVERY_SECONDS = 0.05
SENDERS = 4
WORKER, HOST = f"{MARKER}-worker-token-of-the-attack", f"{MARKER}-admin-token-of-the-attack"


class HostileHub(dict[str, FakeModel]):
    """The models of a Hub on which every `card/m…` has a card of its own that breaks a rule."""

    def get(self, name: str, default: FakeModel | None = None) -> FakeModel | None:  # type: ignore[override]
        """The model of that name."""
        number = name.removeprefix("card/m")
        return card_of(int(number)) if number.isdecimal() else default


@dataclass
class Measured:
    """What an attack did. Seconds and bytes; `errors` and `read` hold the calls at fault."""

    inputs: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    by_status: Counter[int] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    longest_freeze: float = 0.0
    idle_bytes: int = 0
    most_bytes: int = 0
    health_asked: int = 0
    seconds: float = 0.0

    def table(self) -> str:
        """The figures as lines of text."""
        rows = {
            "inputs": f"{self.inputs} ({', '.join(f'{count} {kind}' for kind, count in sorted(self.by_kind.items()))})",
            "answers": ", ".join(f"{count} x {status}" for status, count in sorted(self.by_status.items())),
            "stored": len(self.stored), "read": len(self.read), "5xx and broken connections": len(self.errors),
            "longest freeze": f"{self.longest_freeze:.2f} s of {self.health_asked} checks",
            "memory": f"{self.most_bytes / 2**20:.0f} MiB at most, {self.idle_bytes / 2**20:.0f} MiB idle "
            f"({self.most_bytes / max(1, self.idle_bytes):.2f} times)",
            "time": f"{self.seconds:.0f} s",
        }  # fmt: skip
        examples = [*self.stored[:10], *self.read[:10], *self.errors[:20]]
        return "\n".join([*(f"{name:28}{value}" for name, value in rows.items()), *examples])


@contextmanager
def attacked_server(folder: Path) -> Iterator[tuple[str, int, Path]]:
    """A server whose Hub is hostile: its address, the number of its process, and its home."""
    home = folder / "home"
    home.mkdir()
    (home / "secret").write_text(MARKER)
    with running() as hub:
        _make_hostile(hub)
        environment = {
            "COUNSEL_WORKER_TOKEN": WORKER, "COUNSEL_ADMIN_TOKEN": HOST, "COUNSEL_ADMISSION": "automatic",
            "HF_ENDPOINT": hub.url,
            "HF_HUB_OFFLINE": "0", "COUNSEL_QUOTA_ADDRESS": "1000000", "no_proxy": "127.0.0.1", "HF_HOME": str(folder / "hub"),
        }  # fmt: skip
        with start(home, environment) as server:
            try:
                yield address_of(server), server.pid, home
            finally:
                server.terminate()
                server.communicate(timeout=60)


def _make_hostile(hub: FakeHub) -> None:
    hub.models = HostileHub({"org/good": FakeModel()})
    hub.models["org/good"] = FakeModel()


def attack(inputs: int, seed: int) -> Measured:
    """Send so many inputs, drawn from `seed`, to a server of its own."""
    measured = Measured(inputs)
    with TemporaryDirectory(prefix="counsel-fuzz-") as folder, attacked_server(Path(folder)) as (address, process, home):
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            events = _events(client)
            for path in ("/", "/health", "/api/v1/queue", "/export/open.csv"):
                client.get(path)
        attacker = Attacker(seed, events, WORKER, str(home))
        calls = [attacker.next() for _ in range(inputs)]
        measured.idle_bytes, before = _memory(process), _stored(home)
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(address, process, measured, ended))
        watcher.start()
        began = time.monotonic()
        try:
            with ThreadPoolExecutor(SENDERS) as pool:
                list(pool.map(lambda part: _send(address, part, measured), [calls[part::SENDERS] for part in range(SENDERS)]))
        finally:
            ended.set()
            watcher.join()
        measured.seconds = time.monotonic() - began
        measured.stored = sorted(_stored(home) - before)
    return measured


def _events(client: httpx.Client) -> dict[int, int]:
    """How many inputs each event has that the server answers."""
    config = client.get("/config").json()
    return {entry["id"]: len(entry["inputs"]) for entry in config["dependencies"] if entry["backend_fn"]}


def _send(address: str, calls: list[Sent], measured: Measured) -> None:
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        for call in calls:
            shown = f"{call.kind}: {call.method} {call.path[:100]} {call.content[:300]!r} {call.headers}"
            try:
                request = client.build_request(call.method, call.path, content=call.content, headers=call.headers)
                with_body = client.send(request, stream=call.path.startswith("/gradio_api/heartbeat"))
                text = "" if not with_body.is_closed else with_body.text
                with_body.close()
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                measured.errors.append(f"{type(error).__name__}: {shown}")
                continue
            measured.by_kind[call.kind] += 1
            measured.by_status[with_body.status_code] += 1
            # 503 and 504 that name the Hub are the Hub's own faults, and say so.
            if with_body.status_code >= 500:
                measured.errors.append(f"{with_body.status_code} {text[:200]}: {shown}")
            if MARKER in text or "root:x:0" in text:
                measured.read.append(f"{with_body.status_code} {text[:200]}: {shown}")


def _watch(address: str, process: int, measured: Measured, ended: threading.Event) -> None:
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        while not ended.wait(EVERY_SECONDS):
            began = time.monotonic()
            client.get("/health")
            measured.health_asked += 1
            measured.longest_freeze = max(measured.longest_freeze, time.monotonic() - began)
            measured.most_bytes = max(measured.most_bytes, _memory(process))


def _memory(process: int) -> int:
    """Resident bytes of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _stored(home: Path) -> set[str]:
    """What the home holds of runs, requests and reports."""
    return {str(path.relative_to(home)) for name in ("runs", "requests", "reports") for path in (home / name).glob("*")}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(attack(given.inputs, given.seed).table())


if __name__ == "__main__":
    main()
