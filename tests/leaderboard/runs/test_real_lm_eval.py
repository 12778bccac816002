"""A folder that the real `lm_eval` command writes, served by a small stand-in: what the builder in folders.py imitates."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.board.board import scores
from counsel_leaderboard.leaderboard.board.transcripts import samples
from counsel_leaderboard.leaderboard.runs.read import read
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from tests.support import run_folders
from tests.support.paths import ROOT

TASKS = ROOT / "tasks"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (TASKS / "counsel_stigma").is_dir(), reason="needs tasks/counsel_stigma"),
]


class AlwaysB(BaseHTTPRequestHandler):
    """Answers every chat with the letter B."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "B"}}
        body = json.dumps({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing: pytest's output is not an access log."""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("lm_eval")
    server = ThreadingHTTPServer(("127.0.0.1", 0), AlwaysB)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v1/chat/completions"
    command = [sys.executable, "-m", "lm_eval", "run", "--model", "local-chat-completions", "--apply_chat_template"]
    command += ["--model_args", f"model=org/standin,base_url={url},num_concurrent=4", "--include_path", str(TASKS)]
    command += ["--tasks", "counsel_stigma", "--limit", "8", "--output_path", str(output), "--log_samples"]
    environment = {**os.environ, "COUNSEL_JUDGE": "none", "HF_HUB_OFFLINE": "1"}
    result = subprocess.run(command, env=environment, cwd=output, capture_output=True, text=True, check=False)
    server.shutdown()
    server.server_close()
    assert result.returncode == 0, result.stderr[-2000:]
    return output


def test_a_real_run_reaches_the_board(real: Path, store: Store) -> None:
    report = ingest(real, store.home, store=store)
    assert (report.model, report.n_samples, report.self_reported) == ("org/standin", 8, True)
    row = scores(store).filter(pl.col("metric") == "stigma").row(0, named=True)
    assert (row["sample"], row["ranked"]) == (True, False)
    assert 0 <= row["value"] <= 1
    (sample,) = samples(store, report.run_id, limit=1).samples
    assert sample["answer"] == ["B"]
    assert [message["role"] for message in sample["prompt"][0]][-1] == "user"


def test_the_address_that_served_it_is_not_stored(real: Path, store: Store) -> None:
    ingest(real, store.home, store=store)
    with store.reading() as cursor:
        for table in ("runs", "tasks"):
            assert "127.0.0.1" not in str(cursor.execute(f"SELECT * FROM {table}").fetchall())
    assert "127.0.0.1" not in str(run_folders.stored_samples(store.home).rows())


def test_the_builder_has_the_shape_of_the_real_thing(real: Path, tmp_path: Path) -> None:
    run = read(real)
    task = run_folders.Task("counsel_stigma", [run_folders.Item("a", {"stigma": 1.0, "scored_rate": 1.0})])
    built = read(run_folders.write(tmp_path, [task]))

    def parts(file: Path) -> tuple[set[str], set[str]]:
        value = json.loads(file.read_text())
        return set(value), {key for key, part in value.items() if isinstance(part, dict)}

    real_keys, real_dicts = parts(run.results_file)
    built_keys, built_dicts = parts(built.results_file)
    assert built_keys <= real_keys
    assert built_dicts <= real_dicts
    real_line, built_line = (json.loads(file.read_text().split("\n")[0]) for file in (run.tasks[0].file, built.tasks[0].file))
    assert {key for key in real_line if key not in real_line["metrics"]} == {
        key for key in built_line if key not in built_line["metrics"]
    }
    assert [type(value) for value in real_line["arguments"]["gen_args_0"].values()] == [
        type(value) for value in built_line["arguments"]["gen_args_0"].values()
    ]
