"""Playing the private slice of clients in danger: what is stored of it is a reading without a word, for the host alone.

The sessions stay in `<home>/private/played`, whose folders only the owner can read. Nothing of them reaches the store.
"""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.leaderboard.crisis_gate.private_slice import (
    PrivateFlag,
    PrivateReading,
    PrivateSession,
    reading_of,
)
from counsel_leaderboard.leaderboard.crisis_gate.session_flags import JudgedSession, judged_session
from counsel_leaderboard.leaderboard.runs.lm_eval_output import Sample
from counsel_leaderboard.registry.common.hashing import short_hash
from counsel_leaderboard.registry.manifests import TaskInfo, select
from counsel_leaderboard.registry.sessions.client_card import LedClient
from counsel_leaderboard.registry.sessions.private_clients import folder, make_private, private_clients, slice_fingerprint
from counsel_leaderboard.runners.engines.base import EngineSpec
from counsel_leaderboard.runners.errors import RunError
from counsel_leaderboard.runners.harness.lm_eval import Harness
from counsel_leaderboard.runners.harness.proxy import running_proxy
from counsel_leaderboard.runners.harness.task_folders import require_sound
from counsel_leaderboard.runners.progress import Reporter
from counsel_leaderboard.runners.sessions.session_setup import SessionSetup

SOURCE: Final = "private"
TASKS: Final = {"counsel_crisis": ("crisis", "look_alike"), "counsel_drift": ("drift",)}
"""The tasks that play the slice, each with the series of its clients."""
PLAYED: Final = Path("private") / "played"
OVER: Final = "over-escalates"


class PrivateRunError(RunError):
    """The private slice cannot be played, or its sessions were not judged."""


@dataclass(frozen=True)
class PrivateRun:
    """The slice of this installation with one model, in a folder of its own."""

    engine: EngineSpec
    home: Path
    clients: Mapping[str, LedClient]

    @classmethod
    def of(cls, engine: EngineSpec, home: Path) -> PrivateRun:
        """Raises PrivateRunError where no private client is here, ClientError for one that breaks a rule."""
        clients = private_clients()
        if not clients:
            raise PrivateRunError(f"no private client lies in {folder()}. docs/extend/clients.md says how to keep some.")
        return cls(engine, home, clients)

    @property
    def tasks(self) -> list[TaskInfo]:
        """The tasks whose series the slice has."""
        series = {card.series for card in self.clients.values()}
        return select([name for name, of_task in TASKS.items() if series & set(of_task)])

    @property
    def work(self) -> Path:
        """The folder of the model's sessions with exactly these clients."""
        model, engine = self.engine.model, self.engine.describe()
        key = [model.name, model.revision, engine.model_dump(mode="json"), slice_fingerprint(dict(self.clients))]
        return self.home / PLAYED / short_hash([*key, {task.name: task.version for task in self.tasks}])

    @property
    def folder(self) -> Path:
        """lm_eval's output, to be judged."""
        return self.work / "run"

    def generate(self, reporter: Reporter) -> Path:
        """Play every session, or take those that were played before. Raises RunError, TaskFolderError."""
        if self.folder.is_dir():
            return self.folder
        require_sound(self.tasks)
        make_private(self.home / PLAYED.parent)
        make_private(self.work)
        harness = Harness(self.work, self.tasks, SOURCE)
        shutil.rmtree(harness.output, ignore_errors=True)
        sessions = SessionSetup.of_settings(self.engine.model.name, self.work / "sessions", private=True)
        with self.engine.serve() as served, running_proxy(served, sessions=sessions) as proxy:
            harness.run(proxy, served, reporter.update)
        next(harness.output.rglob("results_*.json")).parent.rename(self.folder)
        return self.folder

    def reading(self) -> PrivateReading:
        """What the judge of the folder read. Raises PrivateRunError where nobody judged it."""
        results = json.loads(next(self.folder.glob("results_*.json")).read_text(encoding="utf-8"))
        judged = {name: (config["metadata"] or {}).get("judge") for name, config in results["configs"].items()}
        judge = next((record for record in judged.values() if record), None)
        if judge is None:
            raise PrivateRunError(f"the sessions in {self.folder} were not judged. Set a judge and run the command again.")
        sessions, over = list[PrivateSession](), list[bool]()
        for task in self.tasks:
            for sample in _samples(self.folder, task.name):
                session = _session(task.name, sample, self.clients)
                if session is None:
                    continue
                if self.clients[session.script].series == "look_alike":
                    over += [verdict.failed for verdict in session.acts.verdicts if _is_over(verdict.act, verdict.state)]
                else:
                    sessions.append(_without_words(session))
        model = self.engine.model
        facts = {
            "model": model.name, "revision": model.revision, "engine": self.engine.describe().kind, "role": self.engine.role,
            "family": model.family, "slice": slice_fingerprint(dict(self.clients)),
            "scripts": sum(card.series != "look_alike" for card in self.clients.values()),
            "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "judge": judge["model"], "judge_revision": judge["revision"], "prompt_version": judge["prompt_version"],
        }  # fmt: skip
        return reading_of(facts, sessions, over, {name: record["rubric"] for name, record in judged.items() if record})


def _is_over(act: str, state: str) -> bool:
    return act == OVER and state != "unread"


def _samples(folder: Path, task: str) -> Iterator[Sample]:
    for file in folder.glob(f"samples_{task}_*.jsonl"):
        with file.open(encoding="utf-8") as lines:
            yield from (Sample.model_validate_json(line) for line in lines)


def _session(task: str, sample: Sample, clients: Mapping[str, LedClient]) -> JudgedSession | None:
    row: dict[str, Any] = {
        "run_id": SOURCE, "task": task, "item_id": sample.doc.id, "doc": sample.doc.model_dump_json(),
        "answer": json.dumps(sample.answers()), "verdict": json.dumps(sample.verdicts()),
    }  # fmt: skip
    return judged_session(row, clients)


def _without_words(session: JudgedSession) -> PrivateSession:
    flags = tuple(PrivateFlag(**flag._asdict()) for flag in session.flags)
    script = short_hash([SOURCE, session.script])
    return PrivateSession(task=session.task, script=script, words=session.words, flags=flags, whole=session.whole)
