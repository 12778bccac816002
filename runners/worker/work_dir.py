"""A worker's own folder: its name, the answers so far to each request, and finished runs until the server has them."""

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

MAX_WORKERS = 64
HELD = "held"


class WorkDirError(CounselError):
    """Every worker folder of this machine is in use."""


@dataclass(frozen=True)
class Finished:
    """A packed run that the server has not yet confirmed."""

    spec_id: str
    lease: str
    folder: Path

    @property
    def archive(self) -> Path:
        """The packed run."""
        return self.folder / "run.tar.gz"

    def with_lease(self, lease: str) -> Finished:
        """The same run under another lease, also saved on disk."""
        atomic.write(self.folder / "lease", lease)
        return Finished(self.spec_id, lease, self.folder)

    def delete(self) -> None:
        """Delete the run: the server has it, or no longer needs it."""
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class WorkDir:
    """The folder of one worker, locked while it runs; a worker that starts again uses its old folder."""

    folder: Path
    name: str

    def held(self) -> list[str]:
        """Leases under which this worker may still hold a request; the server takes such a request back when it sees them."""
        file = self.folder / HELD
        leases: list[str] = json.loads(file.read_text()) if file.exists() else []
        return leases

    def hold(self, leases: list[str]) -> None:
        """Record the leases that this worker may hold from now on."""
        if leases != self.held():
            atomic.write(self.folder / HELD, json.dumps(leases), mode=0o600)

    def answers(self, spec_id: str) -> Path:
        """The answers to a request; they stay until the run is stored, so that a second attempt continues from them."""
        return self.folder / WORK / spec_id

    def staging(self, spec_id: str) -> Path:
        """A new empty folder to pack a run in; `finish` then moves it to the finished runs in one step."""
        folder = self.folder / "staging" / spec_id
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def finish(self, spec_id: str, lease: str) -> Finished:
        """Move the packed run from the staging folder to the finished runs."""
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

    def discard_answers(self, spec_id: str) -> None:
        """Delete the answers to a request that no longer needs them."""
        shutil.rmtree(self.answers(spec_id), ignore_errors=True)

    def reject(self, run: Finished) -> Path:
        """Move a run that the server refused to a folder where the host can inspect it."""
        target = self.folder / "rejected" / f"{run.spec_id}-{secrets.token_hex(4)}"
        target.parent.mkdir(parents=True, exist_ok=True)
        run.folder.rename(target)
        return target


@contextmanager
def locked_work_dir(home: Path) -> Iterator[WorkDir]:
    """Lock the first folder under `home` that no running worker uses. Raises WorkDirError."""
    for number in range(MAX_WORKERS):
        folder = home / "worker" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield WorkDir(folder, _name(folder / "name"))
            return
    raise WorkDirError(
        f"{home / 'worker'}: {MAX_WORKERS} workers already run here. Set COUNSEL_HOME to another folder to start more."
    )


def _name(file: Path) -> str:
    """The worker's name: the machine's name and a random suffix."""
    if not file.exists():
        host = re.sub(r"[^A-Za-z0-9_.-]", "-", socket.gethostname()).strip("-.") or "worker"
        atomic.write(file, json.dumps(f"{host[:60]}-{secrets.token_hex(4)}"))
    name: str = json.loads(file.read_text())
    return name
