"""Of Gradio's paths none but those of the pages answer; no other site, no odd host and no odd form is let in."""

from __future__ import annotations

import json
import re

import pytest
from starlette.routing import BaseRoute
from starlette.websockets import WebSocketDisconnect

from counsel_leaderboard.space.server.gradio_guard import EVENT, FORM_OVERHEAD, UPLOAD
from counsel_leaderboard.space.services.report_service import FORM_BYTES
from tests.security.site import Site

NOT_FOUND = '{"error":"Not found."}'
# Paths of Gradio's that the pages use; everything else that it serves must not answer.
OPEN = re.compile(
    "/|/config|/theme.css|/favicon.ico|/manifest.json|/robots.txt|/assets/x1|/static/x1"
    "|/gradio_api/heartbeat/x1|/gradio_api/upload_progress"
)


def everywhere(routes: list[BaseRoute]) -> set[tuple[str, str]]:
    """Method and path of every route, those of routers within it too, with something in the place of each parameter."""
    paths = set()
    for route in routes:
        path = getattr(route, "path", "")
        for method in getattr(route, "methods", None) or ():
            filled = "".join(piece if index % 2 == 0 else "x1" for index, piece in enumerate(path.replace("}", "{").split("{")))
            paths.add((method, filled))
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        paths |= everywhere(inner) if inner else set()
    return paths


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
    body = {"data": ["?"], "fn_index": site.event("opened"), "session_hash": "x1"}
    assert site.client.post(path, json=body).status_code in (404, 405)


def test_a_web_socket_is_closed(site: Site) -> None:
    with pytest.raises(WebSocketDisconnect), site.client.websocket_connect("/gradio_api/queue/join"):
        pass


@pytest.mark.parametrize(
    "query", ["page=2", "page=../x", "deep_link=abcdefghijk", "deep_link=../x", "__theme=dark", "view=api"]
)
def test_no_query_of_the_page_means_anything_to_gradio(site: Site, query: str) -> None:
    plain, queried = site.client.get("/"), site.client.get(f"/?{query}")
    assert queried.status_code == plain.status_code == 200
    assert len(queried.text) == len(plain.text)


@pytest.mark.parametrize(
    "sent", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonp"]
)
def test_a_form_of_another_site_is_no_call(site: Site, sent: str) -> None:
    """A browser sends these types to another site without asking it first."""
    body = json.dumps({"data": ["?"], "fn_index": site.event("opened"), "session_hash": "x1"})
    assert site.client.post(EVENT, content=body, headers={"Content-Type": sent} if sent else {}).status_code == 415


@pytest.mark.parametrize("host", ["testserver", "127.0.0.1", "board.example"])
def test_no_other_site_is_let_in(site: Site, host: str) -> None:
    headers = {"Origin": "http://evil.example", "Host": host, "Access-Control-Request-Method": "POST"}
    for answer in (
        site.client.get("/config", headers=headers),
        site.client.options(EVENT, headers=headers),
        site.client.options("/gradio_api/file=/etc/passwd", headers=headers),
        site.client.post(EVENT, json={"data": ["?"], "fn_index": site.event("opened"), "session_hash": "x1"}, headers=headers),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.request.method != "OPTIONS" or answer.status_code == 404


@pytest.mark.parametrize("value", ["1.2.3.999", "x:abc", "[::1", "[::zz]", "\x7f", "a/b", ":", "a@b", "a b", "a#b"])
def test_a_name_that_is_no_hosts_is_refused(site: Site, value: str) -> None:
    """As Host; as X-Forwarded-Host it is not believed where no proxy is in front."""
    name = "Host"
    for path in ("/", "/config"):
        assert site.client.get(path, headers={name: value}).status_code == 400
    assert site.client.get("/config", headers={"X-Forwarded-Host": value}).json()["root"] == "http://testserver"
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


def form(size: int, attributes: str = 'name="a"') -> bytes:
    """A form of one part, by default one that is no file, so that Gradio's own limit does not see it."""
    return f"--x\r\nContent-Disposition: form-data; {attributes}\r\n\r\n".encode() + b"a" * size + b"\r\n--x--\r\n"


AS_FORM = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize("attributes", ['name="a"', 'name="files"; filename="a.tar"', 'name="b"; filename="a.tar"'])
@pytest.mark.parametrize("announced", [True, False])
def test_an_upload_is_bounded_as_a_whole(site: Site, announced: bool, attributes: str) -> None:
    raw = form(FORM_BYTES + FORM_OVERHEAD, attributes)
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
