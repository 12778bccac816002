"""`counsel eval` from the command to the store, with the real lm_eval and a stand-in that fails on demand."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.tasks.counsel_stigma.task import HEADLINE
from tests.support.run_folders import stored_samples
from tests.support.scripted_replies import FirstCome
from tests.support.stand_in_server import CUT, DIE, fault

TASK = "counsel_stigma"


def query(home: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with Store.open(home) as store, store.reading() as cursor:
        return cursor.execute(sql, values).fetchall()


def metric(home: Path, name: str) -> float:
    ((value,),) = query(home, "SELECT value FROM scores WHERE task = ? AND metric = ?", TASK, name)
    return value


@pytest.mark.slow
def test_an_engine_that_dies_is_taken_up_again_and_faults_cost_their_own_item_alone(serve, counsel, home):
    """One test for two things, since each start of lm_eval takes seconds.

    After five answers the server is gone: nothing is stored. A second start asks for the others alone; five of these get an
    answer that is none, and the rest is scored and stored.
    """
    answered = 0

    async def five_and_die(_payload: dict[str, Any]) -> str:
        nonlocal answered
        answered += 1
        if answered <= 5:
            return "B"
        await asyncio.sleep(1)  # on a busy machine the end would overtake the answers before it
        return DIE

    first = serve(five_and_die)
    arguments = ("eval", "some-model", "--tasks", TASK, "--limit", "16", "--url")
    outcome = counsel(*arguments, first.url)
    assert outcome.code == 1
    assert f"endpoint {first.url}/v1 stopped answering" in outcome.err
    assert "run the same command again" in outcome.err
    assert outcome.out == ""
    assert not (home / "counsel.duckdb").exists()
    assert not (home / "runs").exists()

    second = serve(FirstCome("C", None, fault(200, '{"choices": [{'), fault(400), fault(500), CUT))
    outcome = counsel(*arguments, second.url)
    assert outcome.code == 0, outcome.err
    assert "some-model is stored: 16 samples" in outcome.out
    answers = [json.loads(answer) for answer in stored_samples(home)["answer"]]
    # An answer that was under way when the end came may be lost with it; none that was kept is asked for again.
    cached = answers.count(["B"])
    assert 1 <= cached <= 5
    assert sorted(answers) == [[NOT_GENERATED]] * 5 + [["B"]] * cached + [["C"]] * (11 - cached)
    # Null and 400 are asked once; malformed, 500 and a cut connection three times: 2 + 9, and one for each good answer.
    assert len(second.bodies) == 2 + 9 + 11 - cached
    assert_unanswered_items_are_unscored(home)
    (run,) = (home / "runs").iterdir()
    traffic = json.loads((run / "generation.json").read_text())
    assert (traffic["answered"], traffic["failed"], traffic["retried"]) == (11 - cached, 5, 6)
    request = json.loads((run / "request.json").read_text())
    assert (request["limit"], request["engine"]["options"]) == (16, {"host": "127.0.0.1"})
    assert not list((home / "work").iterdir())


def assert_unanswered_items_are_unscored(home: Path) -> None:
    """The rates of this task are over the conditions of its headline; which items failed was chance."""
    rows = stored_samples(home).filter(pl.col("stratum").is_in(list(HEADLINE))).select("answer", "score").rows()
    failed = [score for answer, score in rows if json.loads(answer) == [NOT_GENERATED]]
    # 5 of 16 failed, and 16 documents in blocks over the strata leave some of each: see tasks.order.
    assert len(rows) > len(failed)
    assert set(failed) <= {None}
    assert all(score is not None for answer, score in rows if json.loads(answer) != [NOT_GENERATED])
    assert metric(home, "failed_rate") == pytest.approx(len(failed) / len(rows))
    assert metric(home, "scored_rate") == pytest.approx(1 - len(failed) / len(rows))
    assert metric(home, "unparsed_rate") == 0


@pytest.mark.slow
def test_a_wrong_key_is_no_result(serve, counsel, home):
    standin = serve(lambda _: fault(401, "who are you"))
    outcome = counsel("eval", "some-model", "--url", standin.url, "--tasks", TASK, "--limit", "4")
    assert outcome.code == 1
    assert "answered none of its 4 requests" in outcome.err
    assert "HTTP 401: who are you" in outcome.err
    assert not (home / "runs").exists()


@pytest.mark.slow
def test_odd_characters_reach_the_store(serve, counsel, home):
    """A NUL, half a surrogate pair, a line separator and a mark of lm-eval's own arrive as characters of a reply."""
    replies = iter(["A \x00", "A \ud83d", "A \u2028", "A <|endoftext|>"])
    outcome = counsel("eval", "m", "--url", serve(FirstCome("A", *replies), models=["m"]).url, "--tasks", TASK, "--limit", "4")
    assert outcome.code == 0, outcome.err
    answers = {json.loads(answer)[0] for answer in stored_samples(home)["answer"]}
    assert answers == {"A \x00", "A ?", "A \u2028", "A <|endoftext|>"}


@pytest.mark.slow
def test_a_control_goes_the_same_way(counsel, home, monkeypatch):
    """A judge is set, as it is on most machines, and has no part in tasks without one."""
    monkeypatch.setenv("COUNSEL_JUDGE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "some-judge")
    outcome = counsel("eval", "control/letter-a", "--tasks", f"{TASK},counsel_stigma_plain", "--limit", "24")
    assert outcome.code == 0, outcome.err
    assert query(home, "SELECT judge FROM runs") == [(None,)]
    assert query(home, "SELECT role, model, engine FROM runs") == [("control", "control/letter-a", "control")]
    assert set(stored_samples(home)["answer"]) == {'["A"]'}
    assert metric(home, "scored_rate") == 1


@pytest.mark.slow
def test_the_same_request_made_twice_is_two_whole_runs(serve, counsel, home):
    arguments = ("eval", "some-model", "--url", serve(lambda _: "A").url, "--tasks", TASK, "--limit", "2")
    outcomes = [counsel(*arguments) for _ in range(2)]
    assert [outcome.code for outcome in outcomes] == [0, 0]
    # Made at two times, they are two runs; each is whole.
    assert stored_samples(home).group_by("run_id").len()["len"].to_list() == [2, 2]


def harness_pid() -> int:
    """The lm_eval that this process started."""
    table = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in table.splitlines()]
    (child,) = [int(pid) for pid, parent, command in rows if int(parent) == os.getpid() and "lm_eval_main run" in command]
    return child


@pytest.mark.slow
def test_the_harness_killed_in_the_middle_stores_nothing(serve, counsel, home):
    """A killed lm_eval ends that run with its last lines, and the answers it had are kept."""

    def reply(_payload: dict[str, Any]) -> str:
        if len(standin.bodies) == 6:
            os.kill(harness_pid(), signal.SIGKILL)
        return "A"

    standin = serve(reply)
    arguments = ("eval", "some-model", "--url", standin.url, "--tasks", TASK, "--limit", "12")
    outcome = counsel(*arguments)
    assert outcome.code == 1
    assert "lm_eval ended with exit code -9" in outcome.err
    assert not (home / "runs").exists()
    assert counsel(*arguments).code == 0
    assert metric(home, "scored_rate") == 1


@pytest.mark.slow
def test_plain_lm_eval_from_any_folder(serve, tmp_path):
    """The command of the README, word for word but for NAME, URL and DIR, with its own shell substitution."""
    standin = serve(lambda _: "A")
    command = (
        'COUNSEL_JUDGE=none lm_eval run --config "$(counsel tasks --config)" '
        f"--tasks 'counsel_*' --limit 2 --output_path {tmp_path / 'results'} --model local-chat-completions "
        f"--model_args model=some-model,base_url={standin.url}/v1/chat/completions,num_concurrent=8"
    )
    folder = tmp_path / "any folder"
    folder.mkdir()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env={**os.environ, "PATH": path, "HF_HUB_OFFLINE": "1"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    (results,) = (tmp_path / "results").rglob("results_*.json")
    ran = json.loads(results.read_text())["results"]
    names = {name for name, info in catalog().items() if not info.manifest.recorded_only}
    assert set(ran) == names
    assert {file.name.rsplit("_", 1)[0] for file in results.parent.glob("samples_*.jsonl")} == {f"samples_{n}" for n in names}
    assert len(standin.bodies) >= 2 * len(names)


@pytest.mark.slow
def test_a_plain_lm_eval_folder_can_be_stored(serve, counsel, home, tmp_path):
    command = [sys.executable, "-P", "-m", "lm_eval", "run", "--model", "local-chat-completions", "--apply_chat_template"]
    command += ["--model_args", f"model=some-model,base_url={serve(lambda _: 'A').url}/v1/chat/completions,num_concurrent=8"]
    command += ["--include_path", counsel("tasks").out.strip(), "--tasks", TASK, "--limit", "2", "--log_samples"]
    subprocess.run([*command, "--output_path", str(tmp_path / "results")], check=True, timeout=300, capture_output=True)
    (folder,) = (tmp_path / "results").iterdir()
    assert counsel("ingest", str(folder)).code == 0
    assert query(home, "SELECT self_reported, model FROM runs") == [(True, "some-model")]
