"""Runs lm_eval as a child process that generates and stores answers, without a judge; a hang or crash ends only that run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.registry.common.processes.child_environment import HUB_TOKENS, child_environment
from counsel_leaderboard.registry.manifests import TaskInfo
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.errors import HarnessError
from counsel_leaderboard.runners.harness.proxy import Proxy, Traffic
from counsel_leaderboard.runners.harness.quoting import quoted
from counsel_leaderboard.runners.harness.response_cache import delete_missing_replies
from counsel_leaderboard.runners.harness.system_role import system_role
from counsel_leaderboard.runners.harness.task_folders import write_include_folder
from counsel_leaderboard.runners.progress import SESSION_TURNS, Unit
from counsel_leaderboard.runners.sessions.session_player import Bounds

POLL_SECONDS = 0.1
CHECK_EVERY = 10  # polls: each check of a remote engine is an HTTP request; relayed requests are retried for longer than this
STALL_SECONDS = 900.0
OnProgress = Callable[[int, int | None, Unit], object]
LOG_LINES = 15
SYSTEM_ROLE = "COUNSEL_SYSTEM_ROLE"
PLACEHOLDER = "LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER"


@dataclass(frozen=True)
class Harness:
    """One lm_eval command over `tasks`. `work` holds its log, cache and output; a second start uses it again.

    It is ended once nothing was answered for `stall_seconds`, which is looked at every `poll_seconds`.
    """

    work: Path
    tasks: Sequence[TaskInfo]
    source: str = "open"
    limit: int | None = None
    stall_seconds: float = STALL_SECONDS
    poll_seconds: float = POLL_SECONDS

    @property
    def output(self) -> Path:
        """Where lm_eval writes its results."""
        return self.work / "output"

    @property
    def log(self) -> Path:
        """The file with everything that lm_eval printed."""
        return self.work / "lm_eval.log"

    @property
    def events(self) -> Path:
        """The file to which the tasks write how many requests they built."""
        return self.work / "events.jsonl"

    @property
    def task_folder(self) -> Path:
        """A folder of YAML files that each include one task's own: lm_eval accepts one folder, and tasks may be in several."""
        return self.work / "tasks"

    @property
    def cache(self) -> Path:
        """lm_eval's cache of answers; never shared between evaluations, because its keys do not name the model."""
        return self.work / "answers"

    def argv(self, proxy: Proxy, served: Served) -> list[str]:
        """The command line."""
        model_args = {
            "model": served.model,
            "base_url": f"{proxy.base_url}/chat/completions",
            "num_concurrent": served.parallel,
            "max_retries": 1,
            # A session ends by its own bounds; one that hangs shows no turns, which ends the run.
            "timeout": int(self.stall_seconds + (Bounds().seconds if self._played else 0)),
        }
        argv = [
            *(
                sys.executable,
                "-P",
                "-m",
                "counsel_leaderboard.runners.harness.lm_eval_main",
                "run",
                "--model",
                "local-chat-completions",
            ),
            *("--model_args", json.dumps(model_args), "--apply_chat_template"),
            *("--include_path", str(self.task_folder), "--tasks", ",".join(info.name for info in self.tasks)),
            *("--output_path", str(self.output), "--log_samples"),
            *("--metadata", json.dumps({"source": self.source, **served.metadata})),
        ]
        if not served.scripted:  # storing a reply takes longer than asking a script for it again
            argv += ["--use_cache", str(self.cache)]
        return [*argv, "--limit", str(self.limit)] if self.limit is not None else argv

    def run(self, proxy: Proxy, served: Served, on_progress: OnProgress) -> None:
        """Run to the end. `on_progress(done, total, unit)` receives counts of requests, or of turns while sessions are played;
        total is None until the tasks are built.

        Raises EngineDiedError if the engine dies, HarnessError if lm_eval fails or nothing is answered for 15 minutes.
        """
        self.work.mkdir(parents=True, exist_ok=True)
        self.events.unlink(missing_ok=True)
        shutil.rmtree(self.task_folder, ignore_errors=True)
        write_include_folder(self.task_folder, self.tasks)
        known = delete_missing_replies(self.cache)
        with self.log.open("wb") as sink:
            process = subprocess.Popen(
                self.argv(proxy, served), stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT,
                env=self._environment(proxy, served), start_new_session=True,
            )  # fmt: skip
        try:
            self._wait(process, proxy, served, known, on_progress)
        finally:
            _end(process)
        if process.returncode != 0 or not any(self.output.rglob("results_*.json")):
            raise HarnessError(
                f"lm_eval ended with exit code {process.returncode} and no results. Its last lines:\n{self.tail()}\n"
                f"The whole log is {self.log}. The answers so far are saved: run the same command again to continue."
            )
        _require_answers(proxy.traffic, known)

    def tail(self) -> str:
        """The last lines that lm_eval printed."""
        text = self.log.read_text(errors="replace").replace("\r", "\n")
        return quoted(text.splitlines()[-LOG_LINES:])

    def _environment(self, proxy: Proxy, served: Served) -> Mapping[str, str]:
        """The child's environment: of all keys, only the one that this run's proxy asks for."""
        ours = {
            SYSTEM_ROLE: served.system_role or os.environ.get(SYSTEM_ROLE) or system_role(served),
            PLACEHOLDER: NOT_GENERATED,
            "COUNSEL_JUDGE": "none",
            events.VARIABLE: str(self.events),
            "HF_HUB_OFFLINE": os.environ.get("HF_HUB_OFFLINE", "1"),
            "TOKENIZERS_PARALLELISM": "false",
            "OPENAI_API_KEY": proxy.key,
        }
        # The data sets of `upstream` are fetched there, some of them with the Hub's token.
        return child_environment(ours, secrets=HUB_TOKENS if self.source == "upstream" else ())

    def _wait(
        self, process: subprocess.Popen[bytes], proxy: Proxy, served: Served, known: int, on_progress: OnProgress
    ) -> None:
        seen, since, polls = (-1, -1), time.monotonic(), 0
        while process.poll() is None:
            if polls % CHECK_EVERY == 0:
                served.check()
            polls += 1
            done = proxy.traffic.done, proxy.traffic.sessions.turns
            if done != seen:
                seen, since = done, time.monotonic()
            if time.monotonic() - since > self.stall_seconds:
                raise HarnessError(
                    f"nothing was answered for {self.stall_seconds:.0f} s; lm_eval was ended. Its last lines:\n{self.tail()}"
                )
            on_progress(*self._progress(proxy.traffic, known))
            time.sleep(self.poll_seconds)
        served.check()

    def _progress(self, traffic: Traffic, known: int) -> tuple[int, int | None, Unit]:
        """Turns from the first one until the last session ends, requests otherwise: sessions take by far the longest."""
        planned = self._planned()
        played = sum(planned[info.name] for info in self._played) if planned else 0
        # Those that an earlier start finished are in `known`, and are not asked for again.
        missing = played - (known if len(self._played) == len(self.tasks) else 0)
        sessions = traffic.sessions
        if sessions.turns and sessions.ended < missing:
            turns = sessions.turns_planned * missing // sessions.ordered
            return sessions.turns, max(sessions.turns, turns), SESSION_TURNS
        total = sum(planned.values()) if planned else None
        done = known + traffic.done
        return min(done, total or done), total, ""

    def _planned(self) -> dict[str, int]:
        """The number of requests of each task; empty until every task has reported its own."""
        planned = {event.task: event.requests for event in events.read_events(self.events) if isinstance(event, events.Planned)}
        return planned if len(planned) == len(self.tasks) else {}

    @property
    def _played(self) -> list[TaskInfo]:
        return [info for info in self.tasks if info.played]


def _require_answers(traffic: Traffic, known: int) -> None:
    """Raise HarnessError if no request was ever answered: that means a wrong key or address, not a result of the model."""
    if traffic.failed and not traffic.answered and not traffic.sessions.turns and not known:
        reasons = quoted(dict.fromkeys(traffic.messages))
        raise HarnessError(
            f"the model answered none of its {traffic.failed} requests; there is nothing to store. "
            f"Messages of the server:\n{reasons}\n"
            "Check its address, its key and its log, then run the same command again."
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
