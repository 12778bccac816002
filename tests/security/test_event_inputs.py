"""No call of an event of the app reads a file of the server: what each input may hold, tried at every one of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Scope, Send

from counsel_leaderboard.space.server.event_inputs import MAX_TEXT, InputError, checked, is_upload, of
from counsel_leaderboard.space.server.gradio_guard import EVENT, MAX_EVENT_BYTES
from tests.security.site import MARKER, NAVIGATION, Site


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


def some(path: str) -> list[Any]:
    """Three of the shapes: a file, one inside an update, and the path alone; the `slow` stage tries all at each place."""
    every = shapes(path)
    return [every[0], every[7], every[8]]


EXTENTS = [some, pytest.param(shapes, marks=pytest.mark.slow)]
FILES = [
    "outside",
    "link",
    "memory",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("passwd", "environment", "folder", "climbing")),
]


def is_text(shape: Any) -> bool:
    return isinstance(shape, str)


@pytest.mark.parametrize("tried", EXTENTS)
@pytest.mark.parametrize("where", FILES)
def test_no_input_of_any_event_reads_a_file(site: Site, where: str, tried: Callable[[str], list[Any]]) -> None:
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
    for event, index in site.places():
        for shape in tried(path):
            data = site.defaults(event)
            data[index] = shape
            answer = site.call(event, data)
            summary = f"event {event}, input {index}, {shape!r}: {answer.status_code} {answer.text[:300]}"
            assert answer.status_code < 500, summary
            assert is_text(shape) or answer.status_code == 422, summary
            assert MARKER not in answer.text, summary
            assert "root:" not in answer.text, summary
            assert str(site.uploads) not in answer.text.replace(path, ""), summary
    assert site.files() == before


@pytest.mark.parametrize("tried", EXTENTS)
def test_nor_does_what_is_said_with_an_event(site: Site, tried: Callable[[str], list[Any]]) -> None:
    before = site.files()
    for event, function in site.blocks.fns.items():
        for shape in tried(str(site.secret)):
            for value in (shape, {**NAVIGATION, "query": shape}, {**NAVIGATION, "more": shape}):
                answer = site.call(event, site.defaults(event), event_data=value, session_hash="visitor2")
                assert answer.status_code < 500
                assert MARKER not in answer.text
                if function.collects_event_data and not (
                    isinstance(value, dict) and is_text(value.get("query")) and len(value) == 2
                ):
                    assert answer.status_code == 422
    assert site.files() == before


def test_gradio_itself_refuses_what_was_not_uploaded(site: Site) -> None:
    """The second of the two layers: the same calls to Gradio's own router, past the guard, copy nothing either."""

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        await site.gradio.router({**scope, "app": site.gradio}, receive, send)

    unguarded: ASGIApp = behind
    client = TestClient(unguarded, raise_server_exceptions=False)
    before = site.files()
    for event, index in site.places():
        for shape in shapes(str(site.secret))[:4]:
            data = site.defaults(event)
            data[index] = shape
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
    answer = site.call(event, [file, "org/model", "main", "ada", ""])
    assert answer.status_code == 200, answer.text
    assert "archive" in answer.text
    assert not Path(path).exists()
    assert site.call(event, [file, "org/model", "main", "ada", ""]).status_code == 422


@pytest.mark.parametrize("kind", ["site", "signed_in"])
def test_the_page_itself_may_send_what_it_has(kind: str, request: pytest.FixtureRequest) -> None:
    """Every event is called straight; every input has a rule of its own kind; none refuses what the page begins with."""
    site: Site = request.getfixturevalue(kind)
    plain = of.registry[object]
    for event, function in site.blocks.fns.items():
        if function.fn:
            assert not function.queue, function.name
            assert all(block.stateful or of.dispatch(type(block)) is not plain for block in function.inputs), function.name
            body = {"data": site.defaults(event), "fn_index": event, "session_hash": "x1", "event_data": NAVIGATION}
            assert checked(body, site.blocks)["data"] == site.defaults(event)


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
    ("opened", {"fn_index": True}, "fn_index"),
    ("opened", {"fn_index": 10**6}, "no such event"),
    ("opened", {"fn_index": -1}, "no such event"),
    ("opened", {"session_hash": "../x"}, "session_hash"),
    ("opened", {"session_hash": "x" * 65}, "session_hash"),
    ("opened", {"session_hash": None}, "session_hash"),
    ("opened", {"trigger_id": -1}, "trigger_id"),
    ("opened", {"data": {}}, "data"),
    ("opened", {"data": []}, "takes 1"),
    ("opened", {"data": ["?", "?"]}, "takes 1"),
    ("opened", {"data": ["a" * (MAX_TEXT + 1)]}, "characters"),
    ("opened", {"data": ["a\0b"]}, "null"),
    ("opened", {"data": ["\ud800"]}, "Unicode"),
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
    (event, *_) = [number for number, function in site.blocks.fns.items() if not function.fn]
    assert "no such event" in site.call(event, []).json()["error"]


def test_what_a_call_may_say_beside_its_values_is_dropped(site: Site) -> None:
    extra = {"oauth_token": "t", "batched": True, "simple_format": True, "event_id": "e", "request": {}, "trigger_id": 3}
    call = {"data": ["?"], "fn_index": site.event("opened"), "session_hash": "x1"}
    assert checked({**call, **extra}, site.blocks) == {**call, "event_data": None, "trigger_id": 3}


@pytest.mark.parametrize("value", [True, 1e999, float("nan"), 10**20, -(10**400), "1", [1], {"path": "x"}])
def test_a_number_is_a_number(value: Any) -> None:
    with pytest.raises(InputError, match="must be a number"):
        of(gr.Number(render=False), value)


def test_a_choice_is_held_against_what_this_visitor_was_offered(site: Site) -> None:
    """The licences on the board are offered when it is shown; before that, and in another session, nothing but `any` is."""
    (event,) = [
        number for number, function in site.blocks.fns.items() if "Licence" in [block.label for block in function.inputs]
    ]
    data = site.defaults(event)
    index = [block.label for block in site.blocks.fns[event].inputs].index("Licence")
    session = site.blocks.state_holder["visitor3"]
    component = site.blocks.fns[event].inputs[index]
    data[index] = "mit"
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
    for component in {type(block): block for function in site.blocks.fns.values() for block in function.inputs}.values():
        try:
            passed = of(component, value)
        except InputError:
            continue
        flat = passed if isinstance(passed, list) else [passed]
        assert all(leaf is None or isinstance(leaf, str | bool | int | float) for leaf in flat), (component, value)


def test_an_upload_lies_in_a_folder_of_its_own_among_the_uploads(site: Site) -> None:
    path = Path(site.upload("run.tar", b"mine too"))
    assert is_upload(str(path))
    for other in (path.parent, path.parent.parent, site.secret, Path("run.tar"), path.with_name("none.tar"), Path("a\0b")):
        assert not is_upload(str(other))
