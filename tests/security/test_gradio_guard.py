"""No call of an event of the app reads a file of the server, and of Gradio's paths none but those of the pages answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from leaderboard.store import Store
from space.app import create_app
from space.event_inputs import MAX_TEXT, InputError, checked, is_upload, of
from space.gradio_guard import EVENT, FORM_OVERHEAD, MAX_EVENT_BYTES, UPLOAD, GradioGuard
from space.report_desk import FORM_BYTES
from tests.api.conftest import inspect
from tests.space.live import SETTINGS, made

MARKER = "MARKERSECRETBASALT"
NOT_FOUND = '{"error":"Not found."}'
NAVIGATION = {"query": "?", "chosen": False}
# Paths of Gradio's that the pages use; everything else that it serves must not answer.
OPEN = re.compile(
    "/|/config|/theme.css|/favicon.ico|/manifest.json|/robots.txt|/assets/x1|/static/x1"
    "|/gradio_api/heartbeat/x1|/gradio_api/upload_progress"
)


class Site(NamedTuple):
    """The app as a stranger reaches it, what Gradio made of it, its folder of uploads, and a file that is nobody's business."""

    client: TestClient
    blocks: gr.Blocks
    gradio: FastAPI
    uploads: Path
    secret: Path

    def call(self, event: int, data: list[Any], /, **more: Any) -> httpx.Response:
        body = {"data": data, "fn_index": event, "session_hash": "visitor1", "event_data": NAVIGATION, **more}
        return self.client.post(EVENT, content=json.dumps(body), headers={"Content-Type": "application/json"})

    def files(self) -> set[Path]:
        return {path for path in self.uploads.rglob("*") if path.is_file()}

    def upload(self, name: str, content: bytes) -> str:
        answer = self.client.post(UPLOAD, files={"files": (name, content)})
        assert answer.status_code == 200, answer.text
        return answer.json()[0]

    def defaults(self, event: int) -> list[Any]:
        """What the page sends where a visitor has changed nothing."""
        inputs = self.blocks.fns[event].inputs
        return [None if block.stateful else "" if isinstance(block, gr.Textbox) else block.value for block in inputs]

    def event(self, name: str) -> int:
        """The number of the event that a function of that name answers."""
        (found,) = [number for number, event in self.blocks.fns.items() if event.fn and event.name == name]
        return found

    def places(self) -> list[tuple[int, int]]:
        """Every input of every event."""
        return [(event, place) for event, found in self.blocks.fns.items() for place in range(len(found.inputs))]


@contextmanager
def opened(folder: Path, *, signs_in: bool = False) -> Iterator[Site]:
    secret = folder / "environ"
    secret.write_text(MARKER)
    with pytest.MonkeyPatch.context() as patch, Store.open(folder / "home") as store:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        if signs_in:
            for name in ("SPACE_ID", "SPACE_HOST", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES"):
                patch.setenv(name, "testing")
            patch.setenv("SYSTEM", "spaces")
            patch.setenv("OPENID_PROVIDER_URL", "http://127.0.0.1:1")
            patch.setattr("gradio.oauth.OAUTH_CLIENT_ID", "testing")
            patch.setattr("gradio.oauth.OAUTH_CLIENT_SECRET", "testing")
            patch.setattr("gradio.oauth.OAUTH_SCOPES", "testing")
            patch.setattr("gradio.oauth.OPENID_PROVIDER_URL", "http://127.0.0.1:1")
        app = made(lambda: create_app(store, replace(SETTINGS, inspect=inspect), signs_in=signs_in))
        gradio = next(route.app.app for route in app.routes if isinstance(getattr(route, "app", None), GradioGuard))
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Site(client, gradio.get_blocks(), gradio, folder / "uploads", secret)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture
def signed_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """As on a Space, where people sign in with their account."""
    with opened(tmp_path_factory.mktemp("space"), signs_in=True) as found:
        yield found


def shapes(path: str) -> list[Any]:
    """A description of a file as Gradio knows it, in the forms in which it has been found to pass, and in some more."""
    file: dict[str, Any] = {"path": path, "meta": {"_type": "gradio.FileData"}}
    return [
        file,
        [file],
        {"a": {"b": [file]}},
        [[["x", file]]],
        {**file, "url": "http://127.0.0.1:1/x", "orig_name": "run.tar", "is_stream": False},
        {**file, "is_stream": True},
        {"value": file},
        {"__type__": "update", "value": file},
        path,
        json.dumps(file),
    ]


def is_text(shape: Any) -> bool:
    return isinstance(shape, str)


@pytest.mark.parametrize("where", ["outside", "passwd", "environment", "folder", "link", "climbing", "memory"])
def test_no_input_of_any_event_reads_a_file(site: Site, where: str) -> None:
    """Each shape at each place: not one new file among the uploads, not one byte of it back, no 5xx."""
    uploaded = Path(site.upload("run.tar", b"mine"))
    link = uploaded.with_name("link.tar")
    link.unlink(missing_ok=True)
    link.symlink_to(site.secret)
    path = {
        "outside": str(site.secret),
        "passwd": "/etc/passwd",
        "environment": "/proc/self/environ",
        "folder": str(site.uploads),
        "link": str(link),
        "climbing": f"{uploaded.parent}/../../{site.secret.name}",
        "memory": "/proc/self/mem",
    }[where]
    before = site.files()
    for event, place in site.places():
        for shape in shapes(path):
            data = site.defaults(event)
            data[place] = shape
            answer = site.call(event, data)
            said = f"event {event}, input {place}, {shape!r}: {answer.status_code} {answer.text[:300]}"
            assert answer.status_code < 500, said
            assert is_text(shape) or answer.status_code == 422, said
            assert MARKER not in answer.text, said
            assert "root:" not in answer.text, said
            assert str(site.uploads) not in answer.text.replace(path, ""), said
    assert site.files() == before


def test_nor_does_what_is_said_with_an_event(site: Site) -> None:
    before = site.files()
    for event, found in site.blocks.fns.items():
        for shape in shapes(str(site.secret)):
            for said in (shape, {**NAVIGATION, "query": shape}, {**NAVIGATION, "more": shape}):
                answer = site.call(event, site.defaults(event), event_data=said, session_hash="visitor2")
                assert answer.status_code < 500
                assert MARKER not in answer.text
                if found.collects_event_data and not (isinstance(said, dict) and is_text(said.get("query")) and len(said) == 2):
                    assert answer.status_code == 422
    assert site.files() == before


def test_gradio_itself_refuses_what_was_not_uploaded(site: Site) -> None:
    """The second of the two layers: the same calls to Gradio's own router, past the guard, copy nothing either."""

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        await site.gradio.router({**scope, "app": site.gradio}, receive, send)

    unguarded: ASGIApp = behind
    client = TestClient(unguarded, raise_server_exceptions=False)
    before = site.files()
    for event, place in site.places():
        for shape in shapes(str(site.secret))[:4]:
            data = site.defaults(event)
            data[place] = shape
            body = {"data": data, "fn_index": event, "session_hash": "inside", "event_data": NAVIGATION}
            assert MARKER not in client.post(EVENT, json=body).text
    assert site.files() == before


def test_an_upload_reaches_the_one_input_that_takes_files_and_is_never_served(site: Site) -> None:
    """The report's archive is read, refused for what it is, and gone; nobody can fetch it, by its path or otherwise."""
    event = site.event("send")
    path = site.upload("run.tar", b"not an archive")
    for address in (f"/gradio_api/file={path}", f"/gradio_api/file/{path}", f"/file={path}", f"/gradio_api/stream/{path}"):
        assert site.client.get(address).status_code == 404
    file = {"path": path, "orig_name": "run.tar", "meta": {"_type": "gradio.FileData"}}
    answer = site.call(event, [file, "org/model", "main", "ada"])
    assert answer.status_code == 200, answer.text
    assert "archive" in answer.text
    assert not Path(path).exists()
    assert site.call(event, [file, "org/model", "main", "ada"]).status_code == 422


@pytest.mark.parametrize("kind", ["site", "signed_in"])
def test_the_page_itself_may_send_what_it_has(kind: str, request: pytest.FixtureRequest) -> None:
    """Every event is called straight; every input has a rule of its own kind; none refuses what the page begins with."""
    site: Site = request.getfixturevalue(kind)
    plain = of.registry[object]
    for event, found in site.blocks.fns.items():
        if found.fn:
            assert not found.queue, found.name
            assert all(block.stateful or of.dispatch(type(block)) is not plain for block in found.inputs), found.name
            body = {"data": site.defaults(event), "fn_index": event, "session_hash": "x1", "event_data": NAVIGATION}
            assert checked(body, site.blocks)["data"] == site.defaults(event)


def everywhere(routes: list[BaseRoute]) -> set[tuple[str, str]]:
    """Method and path of every route, those of routers within it too, with something in the place of each parameter."""
    found = set()
    for route in routes:
        path = getattr(route, "path", "")
        for method in getattr(route, "methods", None) or ():
            filled = "".join(piece if place % 2 == 0 else "x1" for place, piece in enumerate(path.replace("}", "{").split("{")))
            found.add((method, filled))
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        found |= everywhere(inner) if inner else set()
    return found


def test_of_gradios_paths_only_those_of_the_pages_answer(site: Site) -> None:
    """All that this version of Gradio serves is tried, so that what a later one adds stays closed."""
    routes = everywhere(site.gradio.routes)
    assert len(routes) > 50
    assert ("POST", EVENT.replace("predict", "x1")) in routes
    for method, path in sorted(routes):
        if (method == "POST" and path == UPLOAD) or (method != "POST" and OPEN.fullmatch(path)):
            continue
        answer = site.client.request(method, path, follow_redirects=False)
        assert (answer.status_code, answer.text) in [(404, NOT_FOUND), (404, "")], (method, path, answer.text[:100])


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/call/load", "/gradio_api/call/v2/load", "/gradio_api/api/load", "/gradio_api/run/load",
        "/gradio_api/run/predict/", "/gradio_api/queue/join", "/gradio_api/component_server", "/gradio_api/process_recording",
        "/gradio_api/vibe-code", "/gradio_api//run/predict", "/gradio_api/run/%70redict/..", "//gradio_api/run/predict",
        "/gradio_api/upload/", "/run/predict", "/api/predict", "/call/load", "/queue/join",
    ],
)  # fmt: skip
def test_there_is_one_way_to_an_event(site: Site, path: str) -> None:
    body = {"data": ["?"], "fn_index": site.event("load"), "session_hash": "x1"}
    assert site.client.post(path, json=body).status_code in (404, 405)


def test_a_web_socket_is_closed(site: Site) -> None:
    with pytest.raises(WebSocketDisconnect), site.client.websocket_connect("/gradio_api/queue/join"):
        pass


@pytest.mark.parametrize(
    "query", ["page=2", "page=../x", "deep_link=abcdefghijk", "deep_link=../x", "__theme=dark", "view=api"]
)
def test_no_query_of_the_page_means_anything_to_gradio(site: Site, query: str) -> None:
    plain, asked = site.client.get("/"), site.client.get(f"/?{query}")
    assert asked.status_code == plain.status_code == 200
    assert len(asked.text) == len(plain.text)


RAW = [
    (b"", 422, "not JSON"),
    (b"{", 422, "not JSON"),
    (b"\xff\xfe{}", 422, "not JSON"),
    (b"[" * 100_000, 422, "not JSON"),
    (b'{"data": [NaN]}', 422, "not JSON"),
    (b'{"data": [' + b"9" * 5000 + b"]}", 422, "not JSON"),
    (b"[]", 422, "body"),
    (b"null", 422, "body"),
    (b'{"data": ' + b"[" * 40 + b"]" * 40 + b"}", 422, "levels deep"),
    (b'"' + b"a" * MAX_EVENT_BYTES + b'"', 413, "bytes"),
]
CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("load", {"fn_index": True}, "fn_index"),
    ("load", {"fn_index": 10**6}, "no such event"),
    ("load", {"fn_index": -1}, "no such event"),
    ("load", {"session_hash": "../x"}, "session_hash"),
    ("load", {"session_hash": "x" * 65}, "session_hash"),
    ("load", {"session_hash": None}, "session_hash"),
    ("load", {"trigger_id": -1}, "trigger_id"),
    ("load", {"data": {}}, "data"),
    ("load", {"data": []}, "takes 1"),
    ("load", {"data": ["?", "?"]}, "takes 1"),
    ("load", {"data": ["a" * (MAX_TEXT + 1)]}, "characters"),
    ("load", {"data": ["a\0b"]}, "null"),
    ("load", {"data": ["\ud800"]}, "Unicode"),
    ("go", {"data": [], "event_data": None}, "body"),
    ("go", {"data": [], "event_data": {"query": 1}}, "query"),
    ("go", {"data": [], "event_data": {"query": "?" * (MAX_TEXT + 1)}}, "query"),
]


@pytest.mark.parametrize(("raw", "status", "rule"), RAW)
def test_a_body_that_is_no_call_is_refused(site: Site, raw: bytes, status: int, rule: str) -> None:
    answer = site.client.post(EVENT, content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert rule in answer.json()["error"]
    assert "aaaaaaaa" not in answer.text


@pytest.mark.parametrize(("name", "changes", "rule"), CALLS)
def test_a_call_that_breaks_a_rule_is_refused_by_it(site: Site, name: str, changes: dict[str, Any], rule: str) -> None:
    answer = site.call(site.event(name), ["?"], **changes)
    assert answer.status_code == 422, answer.text
    assert rule in answer.json()["error"]
    assert "aaaaaaaa" not in answer.text


def test_an_event_that_runs_in_the_browser_alone_is_none_here(site: Site) -> None:
    (event, *_) = [number for number, found in site.blocks.fns.items() if not found.fn]
    assert "no such event" in site.call(event, []).json()["error"]


@pytest.mark.parametrize(
    "sent", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonp"]
)
def test_a_form_of_another_site_is_no_call(site: Site, sent: str) -> None:
    """A browser sends these types to another site without asking it first."""
    body = json.dumps({"data": ["?"], "fn_index": site.event("load"), "session_hash": "x1"})
    assert site.client.post(EVENT, content=body, headers={"Content-Type": sent} if sent else {}).status_code == 415


@pytest.mark.parametrize("host", ["testserver", "127.0.0.1", "board.example"])
def test_no_other_site_is_let_in(site: Site, host: str) -> None:
    asked = {"Origin": "http://evil.example", "Host": host, "Access-Control-Request-Method": "POST"}
    for answer in (
        site.client.get("/config", headers=asked),
        site.client.options(EVENT, headers=asked),
        site.client.options("/gradio_api/file=/etc/passwd", headers=asked),
        site.client.post(EVENT, json={"data": ["?"], "fn_index": site.event("load"), "session_hash": "x1"}, headers=asked),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.request.method != "OPTIONS" or answer.status_code == 404


@pytest.mark.parametrize("value", ["1.2.3.999", "x:abc", "[::1", "[::zz]", "\x7f", "a/b", ":", "a@b", "a b", "a#b"])
@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host"])
def test_a_name_that_is_no_hosts_is_refused(site: Site, name: str, value: str) -> None:
    for path in ("/", "/config"):
        assert site.client.get(path, headers={name: value}).status_code == 400
    ok = site.client.get("/config", headers={name: "board.example:8080", "X-Gradio-Server": "\x7f"})
    assert (ok.status_code, ok.json()["root"]) == (200, "http://board.example:8080")
    for other in ("[::1]:8080", "[::ffff:127.0.0.1]", "a_b.example", "BOARD.example.", "xn--bcher-kva.example", "a.example, b"):
        assert site.client.get("/config", headers={name: other}).status_code == 200
    assert site.client.get("/config", headers={"X-Forwarded-Host": ""}).json()["root"] == "http://testserver"


@pytest.mark.parametrize(
    "path", ["/static/" + "a" * 300, "/assets/" + "a" * 5000, "/static/" + "a/" * 5000, "/static/%00", "/assets/a%0ab"]
)
def test_a_path_that_no_file_has_is_not_looked_for(site: Site, path: str) -> None:
    assert site.client.get(path).status_code == 404


@pytest.mark.parametrize("query", ["upload_id=a%2fb", "upload_id=" + "a" * 65, "upload_id=a&x=1", "x=1", "upload_id="])
def test_an_upload_is_followed_by_a_short_name_alone(site: Site, query: str) -> None:
    assert site.client.get(f"/gradio_api/upload_progress?{query}").status_code == 422
    assert site.client.post(f"{UPLOAD}?{query}", files={"files": ("a", b"b")}).status_code == 422


def form(size: int, said: str = 'name="a"') -> bytes:
    """A form of one part, by default one that is no file, so that Gradio's own limit does not see it."""
    return f"--x\r\nContent-Disposition: form-data; {said}\r\n\r\n".encode() + b"a" * size + b"\r\n--x--\r\n"


AS_FORM = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize("said", ['name="a"', 'name="files"; filename="a.tar"', 'name="b"; filename="a.tar"'])
@pytest.mark.parametrize("announced", [True, False])
def test_an_upload_is_bounded_as_a_whole(site: Site, announced: bool, said: str) -> None:
    raw = form(FORM_BYTES + FORM_OVERHEAD, said)
    content = raw if announced else (raw[at : at + 2**20] for at in range(0, len(raw), 2**20))
    answer = site.client.post(UPLOAD, content=content, headers=AS_FORM)
    assert answer.status_code == 413, answer.text
    assert "bytes" in answer.text


@pytest.mark.parametrize(
    ("raw", "query"),
    [
        (form(9, 'name="files"'), ""),
        (form(9, 'name="files"'), "?upload_id=u"),
        (b"--y--", ""),
        (b"", ""),
        (form(9, 'name="files"; filename=".."'), ""),
    ],
)
def test_a_form_that_no_browser_sends_is_refused(site: Site, raw: bytes, query: str) -> None:
    answer = site.client.post(f"{UPLOAD}{query}", content=raw, headers=AS_FORM)
    assert 200 <= answer.status_code < 500, answer.text
    assert answer.status_code >= 400 or answer.json() == []


@pytest.mark.parametrize(
    "sent",
    ["application/json", "multipart/form-data", "multipart/mixed; boundary=x", "multipart/form-data; boundary=" + "x" * 300,
     "multipart/form-data; boundary=x; charset=punycode", "multipart/form-data; charset=idna; boundary=x"],
)  # fmt: skip
def test_an_upload_is_a_form(site: Site, sent: str) -> None:
    assert site.client.post(UPLOAD, content=form(10), headers={"Content-Type": sent}).status_code == 415


@pytest.mark.parametrize("sent", ['multipart/form-data; boundary="x"', "Multipart/Form-Data;Boundary=x"])
def test_any_way_to_write_the_type_of_a_form_is_taken(site: Site, sent: str) -> None:
    answer = site.client.post(UPLOAD, content=form(9, 'name="files"; filename="a.tar"'), headers={"Content-Type": sent})
    assert (answer.status_code, len(answer.json())) == (200, 1)


def test_signing_in_works_where_people_sign_in_and_is_not_there_elsewhere(site: Site, signed_in: Site) -> None:
    for path in ("/logout", "/login/huggingface", "/login/callback"):
        assert site.client.get(path, follow_redirects=False).status_code == 404
    assert signed_in.client.get("/logout", follow_redirects=False).status_code in (302, 307)
    answer = signed_in.call(signed_in.event("_check_login_status"), [], event_data=None)
    assert answer.status_code == 200
    assert "Sign in with Hugging Face" in answer.text


def test_what_a_call_may_say_beside_its_values_is_dropped(site: Site) -> None:
    extra = {"oauth_token": "t", "batched": True, "simple_format": True, "event_id": "e", "request": {}, "trigger_id": 3}
    call = {"data": ["?"], "fn_index": site.event("load"), "session_hash": "x1"}
    assert checked({**call, **extra}, site.blocks) == {**call, "event_data": None, "trigger_id": 3}


@pytest.mark.parametrize("value", [True, 1e999, float("nan"), 10**20, -(10**400), "1", [1], {"path": "x"}])
def test_a_number_is_a_number(value: Any) -> None:
    with pytest.raises(InputError, match="must be a number"):
        of(gr.Number(render=False), value)


def test_a_choice_is_held_against_what_this_visitor_was_offered(site: Site) -> None:
    """The licences on the board are offered when it is shown; before that, and in another session, nothing but `any` is."""
    (event,) = [number for number, found in site.blocks.fns.items() if "Licence" in [block.label for block in found.inputs]]
    data = site.defaults(event)
    place = [block.label for block in site.blocks.fns[event].inputs].index("Licence")
    session = site.blocks.state_holder["visitor3"]
    component = site.blocks.fns[event].inputs[place]
    data[place] = "mit"
    assert "choices that are offered" in site.call(event, data, session_hash="visitor3").json()["error"]
    session[component._id] = gr.Dropdown([("any", "any"), ("mit", "mit")], render=False)
    assert site.call(event, data, session_hash="visitor3").status_code == 200
    assert site.call(event, data, session_hash="visitor4").status_code == 422


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["path", "meta", "_type", "url", "a"]) | st.text(max_size=5), inner, max_size=4)
        | inner.map(lambda path: {"path": path, "meta": {"_type": "gradio.FileData"}})
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=ANY)
def test_whatever_is_sent_what_passes_describes_no_file(site: Site, value: Any) -> None:
    for component in {type(block): block for found in site.blocks.fns.values() for block in found.inputs}.values():
        try:
            passed = of(component, value)
        except InputError:
            continue
        flat = passed if isinstance(passed, list) else [passed]
        assert all(one is None or isinstance(one, str | bool | int | float) for one in flat), (component, value)


def test_an_upload_lies_in_a_folder_of_its_own_among_the_uploads(site: Site) -> None:
    path = Path(site.upload("run.tar", b"mine too"))
    assert is_upload(str(path))
    for other in (path.parent, path.parent.parent, site.secret, Path("run.tar"), path.with_name("none.tar"), Path("a\0b")):
        assert not is_upload(str(other))
