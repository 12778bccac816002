"""Uploads that are refused: another run, too many bytes, a secret inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.leaderboard.api.hostile_archives import of_another
from tests.leaderboard.api.refusals import claimed, refused
from tests.support.host_client import WORKER, Client
from tests.support.uploads import run_files, tar


def test_a_workers_run_of_something_else_is_refused(client: Client, tmp_path: Path) -> None:
    work = claimed(client)
    for raw in of_another(run_files(tmp_path)).values():
        answer = client.upload(work, raw)
        assert answer.status_code == 422
        refused(answer)
    assert not list(client.store.runs.glob("*"))
    assert not list((client.store.home / "incoming").iterdir())


def test_more_bytes_than_are_taken(client: Client) -> None:
    work = claimed(client)
    assert client.upload(work, b"x" * 200_001).status_code == 413

    async def endless() -> Any:
        for _ in range(1000):
            yield b"x" * 1000

    path = f"/requests/{work['request']['id']}/run"
    answer = client("POST", path, content=endless(), headers={**WORKER, "Lease": work["lease"]})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("where", "planted", "rule"),
    [
        ("results", {"config": {"model_args": {"api_key": "sk-1"}}}, "no_secrets"),
        ("results", {"x": [{"Token": "t"}]}, "no_secrets"),
        ("request", {"secret": "s"}, "no_secrets"),
        ("samples", {"note": "see hf_planted_secret"}, "no_secrets"),
        ("results", {"x": {"token": None, "key": "", "max_gen_toks": 5}}, None),
    ],
)
def test_an_upload_with_a_secret_is_refused(
    client: Client, tmp_path: Path, where: str, planted: dict, rule: str | None
) -> None:
    work, files = claimed(client), run_files(tmp_path)
    (name,) = [name for name in files if name.startswith(where)]
    first, *rest = files[name].decode().split("\n") if where == "samples" else [files[name].decode()]
    files[name] = "\n".join([json.dumps({**json.loads(first), **planted}), *rest]).encode()
    answer = client.upload(work, tar(files))
    if rule is None:
        assert answer.status_code == 200, answer.text
        return
    refused(answer)
    assert answer.json()["rule"] == rule
    assert "hf_planted_secret" not in answer.text
    assert not list(client.store.runs.glob("*"))
