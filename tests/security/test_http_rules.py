"""What holds for every call and answer of the server: hosts, frames, headers, slow bodies and slow connections."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.registry.common.settings import SettingsError
from counsel_leaderboard.space.app import create_app
from counsel_leaderboard.space.server.http_rules import HttpRules, HttpRulesMiddleware, host_name, of_server
from counsel_leaderboard.space.server.serving import rules_of
from tests.security.site import Site
from tests.support.live_server import in_event_loop

OWN = ["localhost", "localhost:7860", "127.0.0.1:1", "[::1]", "[::1]:80", "BOARD.example", "board.example.:443"]
PATHS = ["/", "/config", "/health", "/export/open.csv", "/api/v1/queue", "/api/v1/nothing", "/nothing", "/metrics"]
RULES = of_server("127.0.0.1", ("board.example",), (), 0)


def app_with(rules: HttpRules) -> FastAPI:
    app = FastAPI()
    app.add_middleware(HttpRulesMiddleware, rules=rules)

    @app.get("/seen")
    def seen(request: Request) -> dict[str, str]:
        return dict(request.headers)

    @app.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    return app


def asked(rules: HttpRules, headers: dict[str, str], path: str = "/seen") -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app_with(rules))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(go())


@pytest.mark.parametrize("host", OWN)
def test_it_answers_for_its_own_names(host: str) -> None:
    assert asked(RULES, {"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "board.example.evil", "10.0.0.1", "169.254.169.254", "localhost:x",
     "localhost:999999", "", "[::1", "[evil]", "user@localhost", "evil.example#localhost", "localhost, evil.example",
     "xn--e1afmkfd"],
)  # fmt: skip
def test_and_for_no_other(host: str) -> None:
    answer = asked(RULES, {"Host": host})
    assert (answer.status_code, answer.json()["field"]) == (421, "host")
    assert "evil" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_on_all_addresses_it_answers_for_any_of_them_and_for_no_other_name() -> None:
    rules = of_server("0.0.0.0", (), (), 0)
    assert [asked(rules, {"Host": host}).status_code for host in ("10.1.2.3", "[fd00::1]:80", "evil.example")] == [
        200,
        200,
        421,
    ]


def test_a_host_name_is_read_or_refused() -> None:
    assert (host_name("A.b:1"), host_name("a."), host_name("[::1]:2"), host_name(":80"), host_name("a:1:2")) == (
        "a.b", "a", "::1", None, None,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix"])
def test_what_a_caller_says_of_forwarding_reaches_nobody_without_a_proxy(name: str) -> None:
    assert name.lower() not in asked(RULES, {name: "evil.example"}).json()
    behind = of_server("127.0.0.1", ("board.example",), (), 1)
    assert (name.lower() in asked(behind, {name: "evil.example"}).json()) == (name != "X-Forwarded-Host")
    assert asked(behind, {"X-Forwarded-Host": "board.example"}).json()["x-forwarded-host"] == "board.example"


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_headers(site: Site, path: str) -> None:
    answer = site.client.get(path, headers={"Origin": "http://evil.example"})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_listed_pages_may_frame_it_and_a_space_its_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNSEL_HOSTS", "board.example, www.board.example")
    monkeypatch.setenv("COUNSEL_FRAME_ANCESTORS", "https://lab.example:8443")
    settings = ServerSettings.from_environment()
    space = {"SPACE_ID": "a/b", "SPACE_HOST": "a-b.hf.space"}
    rules = rules_of("0.0.0.0", settings, space)
    assert rules.headers["Content-Security-Policy"].endswith("frame-ancestors https://lab.example:8443 https://huggingface.co")
    assert "X-Frame-Options" not in rules.headers
    assert all(map(rules.answers_for, ("a-b.hf.space", "www.board.example")))
    assert not rules_of("0.0.0.0", settings, {"SPACE_HOST": "a-b.hf.space"}).answers_for("a-b.hf.space")


@pytest.mark.parametrize(
    ("variable", "value"),
    [("COUNSEL_HOSTS", "a b"), ("COUNSEL_HOSTS", "*"), ("COUNSEL_HOSTS", "http://a"), ("COUNSEL_FRAME_ANCESTORS",
    "lab.example"),
     ("COUNSEL_FRAME_ANCESTORS", "https://a; script-src *"), ("COUNSEL_FRAME_ANCESTORS", "*"),
     ("COUNSEL_FRAME_ANCESTORS", "https://a\nb")],
)  # fmt: skip
def test_an_entry_of_another_form_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        ServerSettings.from_environment()


class Dripping:
    """A caller whose body comes in `parts`, and then never ends."""

    def __init__(self, parts: int, seconds: float) -> None:
        self.parts, self.seconds = parts, seconds
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if self.parts == 0:
            await asyncio.Event().wait()
        self.parts -= 1
        await asyncio.sleep(self.seconds)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(self, message: Message) -> None:
        self.sent.append(message)


def scope(client: str = "203.0.113.1") -> Scope:
    return {"type": "http", "method": "POST", "path": "/size", "query_string": b"", "root_path": "", "scheme": "http",
            "http_version": "1.1", "server": ("localhost", 80), "client": (client, 1),
            "headers": [(b"host", b"localhost"), (b"transfer-encoding", b"chunked")]}  # fmt: skip


@pytest.mark.parametrize(("parts", "seconds"), [(0, 0.0), (1, 0.0), (3, 0.0), (10_000, 0.02)])
def test_a_body_that_does_not_come_is_given_up(parts: int, seconds: float) -> None:
    rules = HttpRules(wait_seconds=0.1, grace_seconds=0.2)
    caller = Dripping(parts, seconds)
    asyncio.run(app_with(rules)(scope(), caller.receive, caller.send))
    start = caller.sent[0]
    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]


def test_bodies_that_do_not_come_are_limited_by_their_address_and_keep_nobody_else_waiting() -> None:
    app = app_with(HttpRules(wait_seconds=5, grace_seconds=5))

    async def go() -> tuple[list[int], int]:
        slow = [Dripping(0, 0) for _ in range(16)]
        tasks = [asyncio.create_task(app(scope(), caller.receive, caller.send)) for caller in slow]
        await asyncio.sleep(0.1)
        statuses = []
        for address in ("203.0.113.1", "203.0.113.2"):
            caller = Dripping(0, 0)

            async def whole() -> Message:
                return {"type": "http.request", "body": b"x", "more_body": False}

            await app(scope(address), whole, caller.send)
            statuses.append(caller.sent[0]["status"])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        caller = Dripping(0, 0)
        await app(scope(), whole, caller.send)
        return statuses, caller.sent[0]["status"]

    assert asyncio.run(go()) == ([429, 200], 200)


def test_signing_in_that_was_not_begun_here_is_refused(signed_in: Site) -> None:
    for query in ("", "?state=x", "?code=1&state=made-up", "?error=access_denied", "?state=%00", "?state=" + "a" * 5000):
        answer = signed_in.client.get(f"/login/callback{query}", follow_redirects=False)
        assert 300 <= answer.status_code < 500, (query, answer.status_code)


def test_calls_without_a_body_are_never_counted_as_bodies() -> None:
    """Pages hold connections open: 40 readers of an answer that never ends leave room for one more."""

    async def go() -> int:
        waiting = asyncio.Event()

        async def endless(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await waiting.wait()

        rules = HttpRulesMiddleware(endless, HttpRules())
        callers = [Dripping(0, 0) for _ in range(41)]
        reading = {**scope(), "method": "GET", "headers": [(b"host", b"localhost")]}
        tasks = [asyncio.create_task(rules(reading, caller.receive, caller.send)) for caller in callers]
        await asyncio.sleep(0.05)
        waiting.set()
        await asyncio.gather(*tasks)
        return sum(caller.sent[0]["status"] == 200 for caller in callers)

    assert asyncio.run(go()) == 41


def test_an_error_of_the_server_itself_has_the_headers_too(tmp_path: Path) -> None:
    """Whatever fails, in a route or in what is mounted: Starlette answers it outside all middleware."""
    with Store.open(tmp_path / "home") as store:
        app = in_event_loop(lambda: create_app(store, rules=RULES))

        def broken() -> None:
            raise RuntimeError("planted: /srv/secret")

        app.add_api_route("/broken", broken)
        app.router.routes.insert(0, app.router.routes.pop())
        with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
            answer = client.get("/broken")
    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in RULES.headers} == RULES.headers
    assert "planted" not in answer.text
