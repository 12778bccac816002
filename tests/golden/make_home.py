"""Makes the stored homes that the golden comparison opens: `python -m tests.golden.make_home FILE.tar.xz`.

One home holds the demo, the small model over all tasks, a worker's run, a self-reported run, a retraction and a request that
waits; the other made-up runs of both suites. They were made once, with the version before the redesign, and are not made again:
that later versions open them is what is tested.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

import httpx
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import ServerSettings, routes
from counsel_leaderboard.leaderboard.exchange import pack as pack_run
from counsel_leaderboard.leaderboard.store.database import Store, frame
from counsel_leaderboard.leaderboard.store.ingest import ingest
from counsel_leaderboard.leaderboard.store.rebuild import catch_up, rebuild
from counsel_leaderboard.leaderboard.store.retractions import retract
from counsel_leaderboard.leaderboard.submissions.hub import HubModel
from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.runners.worker import Server, Worker, WorkerSettings
from counsel_leaderboard.runners.worker.work_dir import locked_work_dir
from tests.support.homes import JUDGE, fill, open_tasks, store_run
from tests.support.run_folders import request

COMMIT = "c" * 40
ELSEWHERE = re.compile(f'"(?:{re.escape(str(Path(__file__).parents[2]))}|{re.escape(tempfile.gettempdir())}/[^/"]+)/([^"]*)')
SETTINGS = ServerSettings(
    worker_token="worker-token-1",
    admin_token="admin-token-1",
    admission="automatic",
    judge="embedded/SmolLM2-135M-Instruct-Q4_K_M",
    inspect=lambda name, revision, **_: HubModel(name, COMMIT, 1_000_000, 2_000_000, "apache-2.0", "llama", True),
)


class InProcess(httpx.BaseTransport):
    """The way to the app without a port."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._pass_on(request, request.read()))

    async def _pass_on(self, request: httpx.Request, body: bytes) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test") as client:
            response = await client.request(request.method, str(request.url), headers=request.headers, content=body)
            return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(response.content))


def counsel(home: Path, *arguments: str) -> None:
    environment = {**os.environ, "COUNSEL_HOME": str(home)}
    subprocess.run([Path(sys.executable).with_name("counsel"), *arguments], env=environment, check=True)


def main(archive: Path) -> None:
    """Fill a home and pack it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        counsel(home, "demo", "--once", "--limit", "2")
        counsel(home, "eval", "smollm2-135m", "--limit", "2", "--judge-model", "smollm2-135m")
        with Store.open(home) as store:
            app = FastAPI()
            app.include_router(routes(store, replace(SETTINGS, tasks=catalog)))
            with_worker(app, Path(folder))
            report(app, store, Path(folder))
            letter = single_value(store, "SELECT run_id FROM runs WHERE model = 'control/letter-e'")
            retract(store, letter, "An example of a retraction.")
        pack(neutral(home, Path(folder) / "neutral"), made_up(Path(folder) / "made_up"), archive)


def neutral(source: Path, home: Path) -> Path:
    """The same home without a word about the machine that made it.

    A run's id follows from its files, so all are stored again, and what names them is written anew.
    """
    home.mkdir()
    ids: dict[str, str] = {}
    for run in sorted((source / "runs").iterdir()):
        copy = home / "incoming" / run.name
        copy.mkdir(parents=True)
        for file in run.iterdir():
            text = ELSEWHERE.sub(lambda match: f'"/home/host/counsel/{match[1]}', file.read_text(encoding="utf-8"))
            (copy / file.name).write_text(text, encoding="utf-8")
        ids[run.name] = ingest(copy, home).run_id
    shutil.rmtree(home / "incoming")
    for name in ("requests", "reports", "judges", "retractions.jsonl"):
        for file in [source / name] if (source / name).is_file() else (source / name).iterdir():
            text = file.read_text(encoding="utf-8")
            for old, new in ids.items():
                text = text.replace(old, new)
            target = home / name / ids.get(file.stem, file.stem) if (source / name).is_dir() else home / name
            target = target.with_suffix(file.suffix)
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")
    with Store.open(home) as store:
        catch_up(store)
    rebuild(home)
    return home


def made_up(home: Path) -> Path:
    """Made-up runs of both suites, enough of them for ranks and the overall order."""
    home.mkdir()
    with Store.open(home) as store:
        fill(home, store)
        for number, skill in enumerate((0.99, 0.96, 0.93)):
            tasks = open_tasks(skill, seed=1000 + number)
            submission = request(tasks, judge=JUDGE, model=f"able/Counselor-{number}")
            store_run(home, tasks, submission, f"able/Counselor-{number}", store)
    shutil.rmtree(home / "incoming")
    return home


def pack(home: Path, made_up: Path, archive: Path) -> None:
    """Both homes in one archive."""
    with tarfile.open(archive, "w:xz") as out:
        out.add(home, "home", filter=anonymous)
        out.add(made_up, "made_up", filter=anonymous)


def single_value(store: Store, sql: str) -> str:
    """The one value that the query gives."""
    with store.reading() as cursor:
        return str(frame(cursor, sql).item())


def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def with_worker(app: FastAPI, folder: Path) -> None:
    """A worker's run of a control over all tasks that need no judge, and a request that waits for a GPU."""
    host, server = (Server("http://test", token, InProcess(app)) for token in ("admin-token-1", "worker-token-1"))
    free = [name for name, info in catalog().items() if not info.judged]
    submission = {"model": "control/letter-a", "submitter": "host", "tasks": free, "limit": 3}
    host.call("POST", "/submissions", json=submission)
    host.call("POST", "/submissions", json={"model": "org/waits", "submitter": "ada", "tasks": ["counsel_stigma"]})
    with locked_work_dir(folder / "machine") as slot:
        Worker(server, slot, WorkerSettings(engines=("control",)), print).run(once=True)
    host.close()
    server.close()


def report(app: FastAPI, store: Store, folder: Path) -> None:
    """The small model's run, sent in as its author would."""
    run_id = single_value(store, "SELECT run_id FROM runs WHERE model LIKE '%SmolLM2%' ORDER BY started_at DESC LIMIT 1")
    sent = folder / "sent"
    sent.mkdir()
    for file in (store.home / "runs" / run_id).iterdir():
        if file.name.startswith(("results_", "samples_")):
            (sent / file.name).write_bytes(file.read_bytes())
    pack_run(sent, folder / "sent.tar.gz")

    async def post() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            submission = {"model": "org/self-reported", "revision": "main", "submitter": "ada"}
            answer = await client.post("/api/v1/reports", content=(folder / "sent.tar.gz").read_bytes(), params=submission)
            print(answer.status_code, answer.text[:300])
            answer.raise_for_status()

    asyncio.run(post())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
