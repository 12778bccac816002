"""Every command's --help ends with an example, and the example runs: against prepared homes and stand-ins for servers."""

from __future__ import annotations

import datetime
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import routes
from counsel_leaderboard.leaderboard.cli.main import cli
from counsel_leaderboard.leaderboard.judges import session_raters
from counsel_leaderboard.leaderboard.judges.scales import anchors
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry.common.command_help import HEADING
from counsel_leaderboard.registry.private.ledger import Ledger
from counsel_leaderboard.registry.private.slices import Period
from counsel_leaderboard.registry.sessions.transcript import SessionTranscript, SessionTurn
from docs.generate import command_line
from tests.support.acts_judge import by_rules
from tests.support.caches import new_cache
from tests.support.homes import store_run
from tests.support.host_client import SETTINGS
from tests.support.live_server import served
from tests.support.paths import MIRROR, ROOT
from tests.support.private_clients import write_private_clients
from tests.support.rubric_judge import Judge
from tests.support.run_folders import Item, Task, request, write
from tests.support.scripted_replies import scripted_judge
from tests.support.serve_command import COUNSEL, address_of
from tests.support.session_runs import judged_ctrs_run
from tests.support.stand_in_server import Reply, standing_in
from tests.support.topics import store_fit, store_talk
from tests.support.uploads import MOST, reported_task

HELPS = dict(command_line.helps())
SERVER, ENDPOINT, SOME_ID = "http://127.0.0.1:7860", "http://127.0.0.1:8000/v1", "0123456789abcdef"
# A real lm_eval or judge child loads libraries for seconds.
SLOW = (
    *(
        "controls",
        "data duplicates",
        "eval",
        "judge acts",
        "judge anchors",
        "judge check",
        "judge clinicians",
        "judge retest",
        "judge run",
        "judge sessions",
        "serve",
        "sessions",
        "sessions lint",
        "sessions play",
        "sessions private",
    ),
    *("sessions serve", "skills train", "tasks check"),
)
IN_CI = {
    "demo": "the stage `Demo on a clean home` of .ci/run runs it, with the real model",
    "topics fit": "the stage `Topics` of .ci/run runs it, with the real BERTopic",
    "topics assign": "the stage `Topics` of .ci/run runs it, on the home of the demo",
}


def examples(path: str) -> list[str]:
    """The example lines of a command's help: what follows the last `Example:`."""
    _, heading, lines = HELPS[path].rpartition(f"  {HEADING}\n")
    assert heading, f"`{path} --help` has no example; give its click decorator epilog=example(...)"
    return [line.strip() for line in lines.splitlines()]


@pytest.mark.parametrize("path", HELPS)
def test_the_help_ends_with_an_example_of_the_command(path: str) -> None:
    lines = examples(path)
    assert lines
    assert all(line.startswith(path) for line in lines)


@dataclass
class World:
    """What examples meet: a folder to stand in, a home, and what stands for the addresses and ids that they name."""

    folder: Path
    stack: ExitStack
    monkeypatch: pytest.MonkeyPatch
    names: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def typed(self, line: str) -> list[str]:
        """The words of the example with what stands for its names."""
        for name, instead in self.names.items():
            line = line.replace(name, instead)
        return shlex.split(line)[1:]


@pytest.fixture
def world(tmp_path: Path, vectors: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in [name for name in os.environ if name.startswith("COUNSEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COUNSEL_CACHE", str(new_cache(tmp_path / "cache", vectors)))
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    with ExitStack() as stack:
        yield World(tmp_path, stack, monkeypatch)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def stored(world: World) -> None:
    """Two models' runs with comparable replies."""
    speeches = [f"Speech {number} of a client who cannot sleep" for number in range(24)]
    for model, value in (("org/one", 1.0), ("org/two", 0.0)):
        metrics = {"win_rate": value, "scored_rate": 1.0}
        items = [
            Item(f"p{number}", metrics, f"p{number}", extra={"speech": speech}, replies=(f"{model} hears it.",))
            for number, speech in enumerate(speeches)
        ]
        task = Task("counsel_preference", items, "win_rate", "preference", higher_is_better=True, dataset="open-preference")
        asked = request([task])
        asked["model"]["name"] = model
        world.names[SOME_ID] = store_run(world.home, [task], asked, model)


def written(world: World) -> None:
    """An lm_eval output folder."""
    write(world.folder / "out" / "my-model", [reported_task()], limit=MOST)


def to_judge(world: World) -> None:
    """An lm_eval output folder whose replies wait for a judge."""
    judge(world)
    serve = world.stack.enter_context(standing_in())
    url = f"{serve(lambda _: 'It sounds as if that stays with you.').url}/v1/chat/completions"
    command = (
        'COUNSEL_JUDGE=none lm_eval run --config "$(counsel tasks --config)" --tasks counsel_response --limit 2 '
        f"--output_path out/my-model --model local-chat-completions --model_args model=some-model,base_url={url}"
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-c", command], env={**os.environ, "PATH": path}, capture_output=True, check=True)


def to_judge_again(world: World) -> None:
    """Two sessions that the same judge has judged."""
    judge(world)
    judged_ctrs_run(Path("out/my-model"), "org/judge")


def judge(world: World, replies: Reply | None = None) -> None:
    """A judge that answers by the rubrics, or as is said."""
    serve = world.stack.enter_context(standing_in())
    server = serve(replies or Judge(), models=["org/judge"])
    world.monkeypatch.setenv("COUNSEL_JUDGE_URL", f"{server.url}/v1")
    world.monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "org/judge")


def judge_of_recorded(world: World) -> None:
    """The judge, and the published sessions."""
    judge(world)
    if not (MIRROR / "vera-mh").is_dir():
        pytest.skip(f"the published files are not here ({MIRROR})")
    world.monkeypatch.setenv("COUNSEL_MIRROR", str(MIRROR))


def model(world: World) -> None:
    """A server that says A."""
    serve = world.stack.enter_context(standing_in())
    world.names[ENDPOINT] = f"{serve(lambda _: 'A', models=['my-model']).url}/v1"


def server(world: World) -> None:
    """A server that admits by hand, with one request that waits."""
    store = world.stack.enter_context(Store.open(world.folder / "server"))
    app = FastAPI()
    app.include_router(routes(store, replace(SETTINGS, admission="hand")))
    address = world.stack.enter_context(served(app)).rstrip("/")
    world.monkeypatch.setenv("COUNSEL_ADMIN_TOKEN", str(SETTINGS.admin_token))
    world.monkeypatch.setenv("COUNSEL_WORKER_TOKEN", str(SETTINGS.worker_token))
    body = {"model": "org/model", "submitter": "ada", "tasks": ["counsel_stigma"]}
    waiting = httpx.post(f"{address}/api/v1/submissions", json=body).raise_for_status().json()
    world.names |= {SERVER: address, SOME_ID: waiting["request"]["spec_id"], "KEY": waiting["cancel_key"]}


def server_and_run(world: World) -> None:
    """The server, and an lm_eval output folder to send."""
    server(world)
    written(world)


def two_judges(world: World) -> None:
    """Scores of one set of anchors by two judges, the second more lenient."""
    rows = [
        {"id": f"d{document}-{kind}", "task": "counsel_psyllm", "kind": f"k{kind}", "cluster": f"d{document}"}
        for document in range(8)
        for kind in range(5)
    ]

    def prints(values: list[dict[str, object]]) -> anchors.Child:
        def child(arguments: list[str], out: Path) -> None:
            out.write_text("".join(f"{json.dumps(row)}\n" for row in values))

        return child

    name = anchors.freeze(world.home, prints(list(rows)))
    for scale, judge_name in ((1.0, "old-judge"), (0.8, "new-judge")):
        head: dict[str, object] = {"judge": {"model": judge_name, "prompt_version": "1", "rubrics": {"counsel_psyllm": "r"}}}
        scores = [{"id": row["id"], "value": scale * (int(row["kind"][1:]) + 1) / 5} for row in rows]
        anchors.score(world.home, name, prints([head, *scores]))


def private_items(world: World) -> None:
    """An item of the preference bank's shape that nobody has seen, and a slice whose period is over."""
    with (ROOT / "registry" / "open" / "preference" / "test.jsonl").open(encoding="utf-8") as bank:
        row = json.loads(bank.readline())
    texts = {key: f"{key}, written for this test alone" for key in ("reference", "flawed")}
    unseen = [row | texts | {"id": f"unseen-{number}", "speech": f"An unheard speech, number {number}"} for number in (1, 2)]
    (world.folder / "items.jsonl").write_text(json.dumps(unseen[0]) + "\n", encoding="utf-8")
    period = Period(first=datetime.date(2025, 1, 1), last=datetime.date(2025, 6, 30))
    Ledger(world.home / "private").commit(unseen[1:], "preference", period)


def unreachable_sources(world: World) -> None:
    """No mirror, and a proxy that is not there: sources of recorded runs cannot be reached."""
    world.monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")


def rated_sessions(world: World) -> None:
    """The card of people who rated sessions."""
    rated = [session_raters.RatedSession(session="s", persona="p", levels={"listens": ("well", "badly")})]
    group = session_raters.group("people", 2, rated, ("well", "badly"))
    session_raters.save(session_raters.SessionRatersCard(source="vera-mh", revision=None, groups=(group,)), world.home)


def rows_to_code(world: World) -> None:
    """A counselor's reply and the client's turn before it, without codes and with them."""
    row = {"text": "You miss her.", "previous": "She died in May."}
    (world.folder / "replies.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (world.folder / "labelled.jsonl").write_text(json.dumps(row | {"codes": ["reflection_complex"]}), encoding="utf-8")


def stored_replies(world: World) -> None:
    """A run of replies."""
    store_talk(world.home, "org/model", {"a": "You miss her. What was she like?"})


def fitted_topics(world: World) -> None:
    """A stored fit of a topic model."""
    store_fit(world.home)


def rated_session(world: World) -> None:
    """A session of which two readers rate the client's lines."""
    question = SessionTurn(speaker="counselor", text="What brings you?", author="m")
    turns = (question, SessionTurn(speaker="client", text="Work.", author="script"))
    session = SessionTranscript(session="s", client="client-dragan", counselor="m", turns=turns, ended_by="turn limit")
    (world.folder / "sessions.jsonl").write_text(session.model_dump_json() + "\n", encoding="utf-8")


def own_slice(world: World) -> None:
    """Private clients, a model and a judge of acts."""
    write_private_clients(world.home / "private" / "clients", "Somebody", each=1)
    model(world)
    judge(world, scripted_judge(by_rules))


def own_client(world: World) -> None:
    """A client's file beside the user."""
    shutil.copy(ROOT / "registry" / "open" / "clients" / "hybrid" / "client-dragan.yaml", world.folder / "client-dragan.yaml")


PREPARED: dict[str, Callable[[World], None]] = {
    "admit": server, "arena": stored, "board": stored, "cancel": server, "data private commit": private_items,
    "data private reveal": private_items, "data private verify": private_items, "doctor": model, "eval": model,
    "ingest": written,
    "judge acts": judge, "judge anchors": judge, "judge bridge": two_judges, "judge check": judge,
    "judge clinicians": judge_of_recorded, "judge confirm": stored, "judge panel": two_judges, "judge retest": to_judge_again,
    "judge run": to_judge, "judge sessions": judge,
    "probe": model, "probe contamination": model, "queue": server, "rebuild": stored, "report": server_and_run,
    "recorded": unreachable_sources, "recorded add": unreachable_sources, "recorded pull": unreachable_sources,
    "recorded agreement": rated_sessions,
    "retract": stored, "sessions fit": rated_session, "sessions lint": own_client, "sessions private": own_slice,
    "skills score": stored_replies,
    "skills code": rows_to_code, "skills train": rows_to_code, "submit": server, "topics": fitted_topics,
    "topics show": fitted_topics, "worker": server,
}  # fmt: skip
HEALTH = {"serve": "/api/v1/health/live", "sessions serve": "/health"}
"""Commands that serve until they are stopped, and where each says that it lives."""
RUN = [
    pytest.param(path, line, marks=[pytest.mark.slow] if path.removeprefix("counsel ") in SLOW else [], id=line)
    for path in HELPS
    for line in examples(path)
    if path.removeprefix("counsel ") not in IN_CI
]


@pytest.mark.parametrize(("path", "line"), RUN)
def test_an_example_runs(path: str, line: str, world: World) -> None:
    name = path.removeprefix("counsel ")
    PREPARED.get(name, lambda _: None)(world)
    if name in HEALTH:
        assert_serves(line, world, HEALTH[name])
        return
    outcome = CliRunner().invoke(cli, world.typed(line), catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output


def assert_serves(line: str, world: World, health: str) -> None:
    """Start the command at a free port, see it answer, and stop it."""
    words = ["0" if word in ("8080", "8100") else word for word in world.typed(line)]
    with subprocess.Popen([*COUNSEL, *words], env={**os.environ}, stdout=subprocess.PIPE, text=True) as process:
        assert httpx.get(f"{address_of(process)}{health}").json()["status"] == "ok"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_the_examples_that_are_not_run_here_are_run_by_ci() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for name in IN_CI:
        for line in examples(f"counsel {name}"):
            assert line in script
