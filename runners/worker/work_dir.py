"""A worker's own folder: its name, the answers so far of each request, and finished runs until the server has them."""

from __future__ import annotations

import fcntl
import json
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.runners.evaluate import WORK

MOST_SLOTS = 64


class SlotError(CounselError):
    """No folder for another worker on this machine."""


@dataclass(frozen=True)
class Finished:
    """A run that is packed and not yet confirmed."""

    spec_id: str
    lease: str
    folder: Path

    @property
    def archive(self) -> Path:
        """The packed run."""
        return self.folder / "run.tar.gz"

    def under(self, lease: str) -> Finished:
        """The same under another lease, noted on the disk."""
        atomic.write(self.folder / "lease", lease)
        return Finished(self.spec_id, lease, self.folder)

    def confirmed(self) -> None:
        """The server has it, or wants it no more."""
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class Slot:
    """The folder of one worker, locked as long as it runs; a worker that starts again finds its old one."""

    folder: Path
    name: str

    def work(self, spec_id: str) -> Path:
        """Where an evaluation at home in `folder` works; kept until it is done, so that a second attempt goes on there."""
        return self.folder / WORK / spec_id

    def staging(self, spec_id: str) -> Path:
        """A new place to pack a run in; `keep` moves it among the finished in one step."""
        folder = self.folder / "staging" / spec_id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def keep(self, spec_id: str, lease: str) -> Finished:
        """Note the run packed in the staging folder as finished."""
        staged, folder = self.folder / "staging" / spec_id, self.folder / "finished" / spec_id
        (staged / "lease").write_text(lease)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        staged.rename(folder)
        return Finished(spec_id, lease, folder)

    def finished(self) -> list[Finished]:
        """Runs that wait for the server."""
        folders = sorted((self.folder / "finished").glob("[0-9a-f]*"))
        return [Finished(folder.name, (folder / "lease").read_text(), folder) for folder in folders]

    def forget(self, spec_id: str) -> None:
        """Remove the answers of a request that needs them no more."""
        shutil.rmtree(self.work(spec_id), ignore_errors=True)

    def set_aside(self, run: Finished) -> Path:
        """Keep a run that the server refused where the host can look at it."""
        target = self.folder / "rejected" / f"{run.spec_id}-{secrets.token_hex(4)}"
        target.parent.mkdir(parents=True, exist_ok=True)
        run.folder.rename(target)
        return target


@contextmanager
def taken(home: Path) -> Iterator[Slot]:
    """The first folder under `home` that no running worker has. Raises SlotError."""
    for number in range(MOST_SLOTS):
        folder = home / "worker" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield Slot(folder, _name(folder / "name"))
            return
    raise SlotError(f"{home / 'worker'}: {MOST_SLOTS} workers run here already; set COUNSEL_HOME to another folder for more.")


def _name(file: Path) -> str:
    """The slot's name: the machine's, and letters that no other slot has."""
    if not file.exists():
        host = re.sub(r"[^A-Za-z0-9_.-]", "-", socket.gethostname()).strip("-.") or "worker"
        atomic.write(file, json.dumps(f"{host[:60]}-{secrets.token_hex(4)}"))
    name: str = json.loads(file.read_text())
    return name
