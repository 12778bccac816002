"""lm_eval as a child process: followed, ended with its engine, and its last words told. Here a script stands for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlitedict import SqliteDict

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.registry.common.retry import Policy
from counsel_leaderboard.runners.engines import Served
from counsel_leaderboard.runners.errors import EngineDiedError, HarnessError
from counsel_leaderboard.runners.harness.lm_eval import Harness
from counsel_leaderboard.runners.harness.proxy import Proxy, running_proxy
from counsel_leaderboard.runners.harness.quoting import without_quotes
from counsel_leaderboard.runners.harness.response_cache import delete_missing_replies
from tests.support.processes import wait_until_gone
from tests.support.stand_in_server import fault
from tests.support.task_folders import made_task

ASK = """
import json, os, pathlib, sys, time, urllib.request
url, output, plan = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(os.environ["COUNSEL_EVENTS"])
(output.parent / "pid").write_text(str(os.getpid()))
key = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
def ask(text):
    body = json.dumps({"messages": [{"role": "user", "content": text}]}).encode()
    with urllib.request.urlopen(urllib.request.Request(url + "/chat/completions", body, key)) as response:
        return json.load(response)["choices"][0]["message"]["content"]
def until(*progress):
    # Waits until the harness has told this progress.
    deadline = time.monotonic() + 30
    while (output.parent / "told").read_text() != str(progress):
        assert time.monotonic() < deadline, (output.parent / "told").read_text()
        time.sleep(0.01)
def results():
    (output / "some-model").mkdir(parents=True)
    (output / "some-model" / "results_2026.json").write_text(json.dumps(dict(os.environ)))
"""


@dataclass(frozen=True)
class Scripted(Harness):
    """A harness whose command is a Python script."""

    script: str = ""
    poll_seconds: float = 0.02

    def argv(self, proxy: Proxy, served: Served) -> list[str]:
        return [sys.executable, "-c", ASK + self.script, proxy.base_url, str(self.output)]


@dataclass
class Rig:
    """A proxy to a stand-in, and what the harness told about its progress."""

    work: Path
    proxy: Proxy
    served: Served
    updates: list[tuple[int, int | None]]

    def run(self, script: str, tasks: tuple[str, ...] = ("a", "b"), **waits: float) -> None:
        self.work.mkdir(exist_ok=True)
        (self.work / "told").touch()
        harness = Scripted(self.work, [made_task(name) for name in tasks], script=script, **waits)
        harness.run(self.proxy, self.served, self.tell)

    def tell(self, done: int, total: int | None, _unit: str = "") -> None:
        self.updates.append((done, total))
        (self.work / "told").write_text(str((done, total)))


def never_dies() -> None:
    """The check of an engine that lives on."""


@pytest.fixture
def rig(serve: Callable[..., Any], tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Lay out a rig over a reply; at most one a test."""
    opened: list[Any] = []

    def lay(reply: Callable[[dict[str, Any]], Any] = lambda _: "Fine.", check: Callable[[], None] = never_dies) -> Rig:
        served = Served(f"{serve(reply).url}/v1", "some-model", check=check)
        opened.append(running_proxy(served, Policy(backoff_s=0.0)))
        return Rig(tmp_path / "work", opened[-1].__enter__(), served, [])

    yield lay
    for block in opened:
        block.__exit__(None, None, None)


def test_a_run_is_followed_to_its_results(rig):
    run = rig()
    run.run("""
with plan.open("a") as stream:
    print(json.dumps({"event": "planned", "task": "a", "requests": 2}), file=stream)
until(0, None)
with plan.open("a") as stream:
    print(json.dumps({"event": "planned", "task": "b", "requests": 3}), file=stream)
until(0, 5)
for n in range(5):
    ask(str(n))
    until(n + 1, 5)
results()
""")
    # One of two tasks says nothing about the whole, so the total is unknown until both have told theirs.
    assert list(dict.fromkeys(run.updates)) == [(0, None), (0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    assert len(list((run.work / "output").rglob("results_*.json"))) == 1


def test_an_event_that_is_half_written_waits(rig):
    run = rig()
    run.run("""
with plan.open("a") as stream:
    stream.write('{"event": "planned", "task": "a", "requ')
    stream.flush()
    time.sleep(0.3)
    until(0, None)
    stream.write('ests": 1}' + chr(10))
    stream.flush()
    until(0, 1)
ask("a")
results()
""", ("a",))  # fmt: skip
    assert [total for _, total in dict.fromkeys(run.updates)][:2] == [None, 1]


def test_lm_eval_is_told_of_no_judge_and_of_the_sentinel(rig, monkeypatch):
    monkeypatch.setenv("COUNSEL_JUDGE_URL", "http://judge.example/v1")
    run = rig()
    run.run("ask('a')\nresults()")
    (file,) = (run.work / "output").rglob("results_*.json")
    environment = json.loads(file.read_text())
    assert environment["COUNSEL_JUDGE"] == "none"
    assert environment["LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER"] == NOT_GENERATED


def failure(run: Rig, script: str, kind: type[Exception] = HarnessError, **waits: float) -> str:
    with pytest.raises(kind) as raised:
        run.run(script, **waits)
    wait_until_gone(int((run.work / "pid").read_text()))
    return str(raised.value)


def test_a_harness_that_fails_leaves_its_last_lines(rig):
    message = failure(rig(), "ask('a')\nfor n in range(20): print(f'line {n}.')\nsys.exit('no such task')")
    assert "lm_eval ended with exit code 1 and no results" in message
    assert "| no such task" in message
    # 21 lines were printed and the last 15 are told: line 6 to line 19, and the one after.
    assert "| line 6." in message
    assert "| line 5." not in message
    assert "run the same command again" in message


def test_a_harness_without_results_has_failed(rig):
    run = rig()
    assert failure(run, "ask('a')").startswith("lm_eval ended with exit code 0 and no results")
    assert run.proxy.traffic.answered == 1


def test_a_harness_that_stands_still_is_ended(rig):
    message = failure(rig(), "ask('a')\nprint('thinking', flush=True)\ntime.sleep(300)", stall_seconds=0.5)
    assert "nothing was answered for" in message
    assert "| thinking" in message


def test_a_harness_ends_with_its_engine(rig):
    requests = []

    def reply(_payload: dict[str, Any]) -> str:
        requests.append(1)
        return "Fine."

    def check() -> None:
        if requests:
            raise EngineDiedError("engine fake ended")

    assert failure(rig(reply, check), "ask('a')\ntime.sleep(300)", EngineDiedError) == "engine fake ended"


def test_results_over_nulls_of_a_dead_engine_do_not_count(rig):
    """lm_eval may be through with the nulls before the engine's death is seen; that is no result either."""
    requests = []

    def check() -> None:
        if requests:
            raise EngineDiedError("engine fake ended")

    run = rig(lambda _: requests.append(1) or "Fine.", check)
    assert failure(run, "ask('a')\nresults()", EngineDiedError) == "engine fake ended"


def test_a_model_that_answers_nothing_at_all_has_no_result(rig):
    message = failure(rig(lambda _: fault(401, "wrong key")), "ask('a')\nask('b')\nresults()")
    assert "answered none of its 2 requests" in message
    assert message.count("HTTP 401: wrong key") == 1
    assert "Check its address, its key" in message


def test_a_servers_refusal_of_every_request_is_quoted_whatever_lines_it_has(rig):
    marker = "SYNTHETIC-GATED-41"
    refused = fault(400, f"cannot take\r\n{marker}\u2028{marker}\x0b{marker}")
    message = failure(rig(lambda _: refused), "ask('a')\nresults()")
    assert message.count(marker) == 3
    assert marker not in without_quotes(message)


def test_one_answer_is_enough_for_a_result(rig):
    answers = iter([None, "Fine.", None])
    run = rig(lambda _: next(answers))
    run.run("for text in 'abc': ask(text)\nresults()")
    assert (run.proxy.traffic.answered, run.proxy.traffic.failed) == (1, 2)


def store(cache: Path, answers: dict[str, Any]) -> None:
    with SqliteDict(f"{cache}_rank0.db", autocommit=True) as stored:
        stored.update(answers)


def stored(cache: Path) -> dict[str, Any]:
    with SqliteDict(f"{cache}_rank0.db") as answers:  # flag="r" leaves a connection open
        return dict(answers)


def test_answers_that_were_not_had_are_asked_for_again(tmp_path):
    cache = tmp_path / "answers"
    assert delete_missing_replies(cache) == 0
    assert list(tmp_path.glob("answers*")) == []
    store(cache, {"1": "A", "2": NOT_GENERATED, "3": "", "4": " "})
    assert delete_missing_replies(cache) == 2
    assert stored(cache) == {"1": "A", "4": " "}
    assert delete_missing_replies(cache) == 2


def test_progress_of_a_second_start_counts_what_is_known(rig):
    run = rig()
    run.work.mkdir()
    # One of the three is no answer: two are known, and two of the four requests have to be made.
    store(run.work / "answers", {"1": "A", "2": "B", "3": NOT_GENERATED})
    run.run("""
for task in "ab":
    with plan.open("a") as stream:
        print(json.dumps({"event": "planned", "task": task, "requests": 2}), file=stream)
until(2, 4)
ask("3")
until(3, 4)
ask("4")
until(4, 4)
results()
""")
    assert list(dict.fromkeys(run.updates)) == [(2, None), (2, 4), (3, 4), (4, 4)]


def test_nulls_alone_after_answers_before_are_a_result(rig):
    run = rig(lambda _: None)
    run.work.mkdir()
    store(run.work / "answers", {"1": "A"})
    run.run("ask('2')\nresults()")
    assert run.proxy.traffic.failed == 1
