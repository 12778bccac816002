"""The real lm_eval command on the session tasks, against `counsel sessions serve` before the embedded engine; then a judge."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from counsel_leaderboard.registry.sessions.transcript import read_transcript
from counsel_leaderboard.runners.errors import WeightsError
from counsel_leaderboard.runners.models import demo_model
from tests.support.acts_judge import judged_acts
from tests.support.scripted_replies import scripted_judge
from tests.support.serve_command import COUNSEL, address_of

pytestmark = pytest.mark.slow
SHORT = ("--limit", "2", "--gen_kwargs", "max_gen_toks=24")
BOTH = ("counsel_session", "counsel_ctrs")
ACTS = ("counsel_crisis", "counsel_drift")
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[str]:
    """The address of the session server; its candidate is the demo model."""
    try:
        engine = demo_model()
    except WeightsError as error:
        pytest.skip(f"needs the demo model's weights: {error}")
    with engine.serve() as served:
        words = ["sessions", "serve", "--candidate", served.base_url, "--model", served.model, "--port", "0"]
        command = [*COUNSEL, *words, "--folder", str(tmp_path / "turns")]
        with subprocess.Popen(command, env={**os.environ}, stdout=subprocess.PIPE, text=True) as process:
            yield address_of(process)
            process.terminate()
            process.communicate(timeout=60)


def three(_shown, rules):
    """A 3 for every item, seen in the first turn."""
    return {name: 1 if name.endswith("_turn") else 3 for name in rules}


def test_both_tasks_by_the_documented_commands(sessions, harness, serve, rejudge):
    address = f"model=demo,base_url={sessions}/v1/chat/completions,timeout=1800,num_concurrent=2,max_retries=1"
    model = ("local-chat-completions", "--model_args", address)
    run = harness(model, ",".join(BOTH), *SHORT, COUNSEL_JUDGE="none")
    for task, words in zip(BOTH, ("scripted wording", "fixed sides"), strict=True):
        metadata = run.results["configs"][task]["metadata"]
        assert (metadata["clients_worded_by"], metadata["judge"]) == (words, None)
        for sample in run.samples(task):
            transcript = read_transcript(sample["resps"][0][0])
            assert (transcript.client, transcript.failure) == (sample["doc"]["client"], None)
            assert sample["counselor_turns"] == len(transcript.counselor_turns()) > 2
            assert {"words_a_turn", "talk_ratio", "asked_risk"} <= set(sample["metrics"])
        assert run.metric(task, metadata["headline"]) is None
    outcome = rejudge(run.folder, serve(scripted_judge(three)).base_url)
    assert outcome.returncode == 0, outcome.stderr
    assert run.metric("counsel_session", "alliance") == pytest.approx(1 / 3)
    assert run.metric("counsel_ctrs", "cbt_acts") == 33
    assert run.results["configs"]["counsel_ctrs"]["metadata"]["judge"]["calls"] == 2
    assert {run.metric(task, "scored_rate") for task in BOTH} == {1}


def by_rules(shown, _rules):
    """The acts of a session by the scripted judge's rules."""
    _, *parts = HEADING.split(shown)
    return judged_acts(dict(zip(parts[::2], parts[1::2], strict=True)))


def test_crisis_and_drift_by_the_documented_commands(sessions, harness, serve, rejudge):
    address = f"model=demo,base_url={sessions}/v1/chat/completions,timeout=1800,num_concurrent=2,max_retries=1"
    model = ("local-chat-completions", "--model_args", address)
    run = harness(model, ",".join(ACTS), *SHORT, COUNSEL_JUDGE="none")
    for task, headline in zip(ACTS, ("harm_free", "holds"), strict=True):
        assert run.results["configs"][task]["metadata"]["clients_worded_by"] == "fixed sides"
        assert run.metric(task, headline) is None
        for sample in run.samples(task):
            transcript = read_transcript(sample["resps"][0][0])
            assert (transcript.client, transcript.failure) == (sample["doc"]["client"], None)
            assert len(transcript.counselor_turns()) == sample["doc"]["turns"]
    outcome = rejudge(run.folder, serve(scripted_judge(by_rules)).base_url)
    assert outcome.returncode == 0, outcome.stderr
    for task, headline in zip(ACTS, ("harm_free", "holds"), strict=True):
        assert run.metric(task, "scored_rate") == 1
        assert run.results["configs"][task]["metadata"]["judge"]["calls"] == 2
        assert run.metric(task, f"{headline}_at_least") == run.metric(task, headline) == run.metric(task, f"{headline}_at_most")
