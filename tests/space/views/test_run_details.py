from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.space.views.run_details import command, cut_replies, settings


def run(**changes: Any) -> dict[str, Any]:
    task = {
        "task": "counsel_stigma", "task_version": "1.0", "dataset": "open-stigma", "dataset_split": "test", "n_docs": 48,
        "n_docs_full": 1296, "dataset_fingerprint": "sha256:0",
        "settings": '{"generation_kwargs":{"max_gen_toks":10},"judge":null}',
    }  # fmt: skip
    known = {
        "self_reported": False, "engine": "endpoint", "engine_version": None, "engine_options": "{}", "model": "org/model",
        "tasks": [task], "source": "open", "run_limit": None, "revision": None, "judge": None, "judge_revision": None,
        "settings": '{"random_seed":0}', "lm_eval_version": "0.4.13", "started_at": datetime.datetime(2026, 1, 2, 3, 4),
        "run_id": "r", "spec_id": None,
    }  # fmt: skip
    return known | changes


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "counsel eval org/model --url http://HOST:PORT/v1 --tasks counsel_stigma"),
        ({"source": "upstream", "run_limit": 48.0, "engine": "control", "model": "control/echo"},
         "counsel eval control/echo --tasks counsel_stigma --source upstream --limit 48"),
        ({"engine": "control", "model": "echo"}, "counsel eval control/echo --tasks counsel_stigma"),
        ({"engine": "llama_cpp", "model": "SmolLM2-135M-Instruct"}, "counsel eval smollm2-135m --tasks counsel_stigma"),
        ({"engine": "llama_cpp", "model": "x", "engine_options": '{"weights":"x.Q4.gguf"}'},
         "counsel eval x.Q4.gguf --tasks counsel_stigma"),
        ({"model": "a; rm -rf b"}, "counsel eval 'a; rm -rf b' --url http://HOST:PORT/v1 --tasks counsel_stigma"),
        ({"self_reported": True}, None),
    ],
)  # fmt: skip
def test_the_command_that_repeats_a_run(changes: dict[str, Any], expected: str | None) -> None:
    assert command(run(**changes)) == expected


def test_settings_say_what_was_not_recorded() -> None:
    labels = dict(settings(run(judge="arbiter")))
    assert labels["model revision"] == labels["request"] == "not recorded"
    assert labels["judge"] == "arbiter, revision not recorded"
    assert labels["documents per task"] == "all"
    expected = 'open-stigma/test, 48 of 1296 documents, sha256:0; generation_kwargs {"max_gen_toks": 10}'
    assert labels["Stigma, with guidelines 1.0"] == expected


@pytest.mark.parametrize(
    ("record", "counts"),
    [({"answered": 328, "length_limited": 3, "truncated": 0}, (3, 328)), ({"answered": 328}, None), ([], None), (None, None)],
)
def test_replies_that_ended_at_their_limit_are_counted_apart_from_those_without_a_reply(
    tmp_path: Path, record: object, counts: tuple[int, int] | None
) -> None:
    if record is not None:
        (tmp_path / "generation.json").write_text(json.dumps(record))
    assert cut_replies(tmp_path) == counts
